from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import NewestFirst
from consent.api.caller import SignedIn, calling_citizen, calling_system
from consent.api.strict import StrictSerializer
from consent.errors import ConsentNotFound
from consent.lifecycle import State
from consent.models import Consent
from consent.notice import LANGUAGES
from consent.services.answer import grant_consent, refuse_consent, withdraw_consent

SCOPE = "consents:read"


class GrantInput(StrictSerializer):
    """A yes: to which text, in which language, on which terms."""

    purposeVersionId = serializers.UUIDField()
    language = serializers.ChoiceField(choices=LANGUAGES)
    noticeHash = serializers.RegexField(r"^[0-9a-f]{64}$")
    terms = serializers.DictField(
        help_text="validUntil (date-time), fields (names), recipients ([{oin, department?, role?}]), uses (integer)"
    )


class NothingInput(StrictSerializer):
    """An empty object: the path says it all."""


class ConsentDetail(serializers.Serializer[Consent]):
    """A consent as its citizen sees it."""

    id = serializers.UUIDField()
    purpose = serializers.CharField(source="purpose.slug")
    purposeVersionId = serializers.UUIDField(source="purpose_version_id")
    organisation = serializers.CharField(source="purpose.organisation.name")
    oin = serializers.CharField(source="purpose.organisation.oin")
    state = serializers.ChoiceField(choices=[str(state) for state in State])
    version = serializers.IntegerField()
    language = serializers.CharField()
    noticeHash = serializers.CharField(source="notice_hash")
    terms = serializers.SerializerMethodField()
    usesTaken = serializers.IntegerField(source="uses_taken")
    usesLeft = serializers.SerializerMethodField()
    requestedAt = serializers.DateTimeField(source="requested_at", allow_null=True)
    givenAt = serializers.DateTimeField(source="given_at", allow_null=True)
    endedAt = serializers.DateTimeField(source="ended_at", allow_null=True)

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_terms(self, consent: Consent) -> Any:
        return consent.conditions

    def get_usesLeft(self, consent: Consent) -> int | None:
        limit = consent.terms.uses_limit
        return None if limit is None else max(0, limit - consent.uses_taken)


class GivenConsentDetail(ConsentDetail):
    """A consent as the organisation sees it that it was given to: with the purpose's pseudonym, without the text."""

    pseudonym = serializers.CharField(help_text="The name of the citizen for this purpose and no other")


class ConsentList(ListAPIView[Consent]):
    permission_classes = (SignedIn,)
    serializer_class = ConsentDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Consent]:
        return visible_consents(self.request)

    def get_serializer_class(self) -> type[ConsentDetail]:
        return consent_detail(self.request)

    @extend_schema(operation_id="listConsents", tags=["consents"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List your own consents; with a token, those that your organisation was given."""
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="grantConsent", request=GrantInput, responses={201: ConsentDetail}, tags=["consents"])
    def post(self, request: Request) -> Response:
        """Say yes to a purpose, on your terms. The same yes said twice gives the same consent."""
        citizen = calling_citizen(request)
        grant = GrantInput(data=request.data)
        grant.is_valid(raise_exception=True)
        consent = grant_consent(
            citizen=citizen,
            purpose_version_id=grant.validated_data["purposeVersionId"],
            terms=grant.validated_data["terms"],
            language=grant.validated_data["language"],
            notice_hash=grant.validated_data["noticeHash"],
        )
        return Response(ConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class ConsentView(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(operation_id="readConsent", responses=ConsentDetail, tags=["consents"])
    def get(self, request: Request, consent_id: UUID) -> Response:
        """Read one consent: your own, or with a token one that your organisation was given."""
        consent = visible_consents(request).filter(pk=consent_id).first()
        if consent is None:
            raise ConsentNotFound
        return Response(consent_detail(request)(consent).data)


class RefusalList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="refuseConsent", request=NothingInput, responses={201: ConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Say no to a question. It costs nothing, and the organisation cannot tell it from silence."""
        citizen = calling_citizen(request)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = refuse_consent(citizen=citizen, consent_id=consent_id)
        return Response(ConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class WithdrawalList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="withdrawConsent",
        request=NothingInput,
        responses={201: ConsentDetail},
        tags=["consents"],
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Stop sharing. From this moment on nobody reads the data, and the key of the copies is destroyed."""
        citizen = calling_citizen(request)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = withdraw_consent(citizen=citizen, consent_id=consent_id)
        return Response(ConsentDetail(consent).data, status=status.HTTP_201_CREATED)


def visible_consents(request: Request) -> QuerySet[Consent]:
    """Return the consents that the caller may see: a citizen's own, or those given to a system's organisation."""
    system = calling_system(request, SCOPE)
    consents: QuerySet[Consent] = (
        Consent.objects.of_citizen(calling_citizen(request))
        if system is None
        else Consent.objects.given_to(system.actor.organisation_id)
    )
    return consents.select_related("purpose__organisation")


def consent_detail(request: Request) -> type[ConsentDetail]:
    """Return how the caller sees a consent."""
    return ConsentDetail if calling_system(request, SCOPE) is None else GivenConsentDetail
