from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import NewestFirst
from consent.api.caller import SignedIn, acting_caller
from consent.api.consent_detail import ConsentDetail, OwnConsentDetail, consent_detail, visible_consents
from consent.api.odrl import terms_from_odrl
from consent.api.strict import StrictSerializer
from consent.errors import ConsentNotFound
from consent.models import Consent
from consent.notice import LANGUAGES
from consent.services.answer import grant_consent

TERMS = (
    "Required: validUntil (date-time), fields ([name]) and recipients ([{oin, department?, role?}]). As you like: "
    "validFrom (date-time), uses (integer), usesPerPeriod ({limit, period: day|week|month|year}), "
    "window ([{days: [monday, …], from: 09:00, until: 17:00}], in Europe/Amsterdam), answerOnly ({field: derivation}), "
    "case (text), area ([H3 cell]), keep ({days}), askMe, tellMe and aggregateOnly (true), "
    "keepUpToDate (true: what the citizen changes afterwards is shared too)"
)


class GrantInput(StrictSerializer):
    """A yes: to which text, in which language, on which terms; and which standing consent it takes the place of."""

    purposeVersionId = serializers.UUIDField()
    language = serializers.ChoiceField(choices=LANGUAGES)
    noticeHash = serializers.RegexField(r"^[0-9a-f]{64}$")
    terms = serializers.DictField(required=False, help_text=TERMS)
    odrl = serializers.DictField(
        required=False, help_text="Instead of terms: the same as a policy of ODRL 2.2, by the profile at /ns/odrl"
    )
    replaces = serializers.UUIDField(required=False, help_text="Your consent to this purpose that ends with this yes")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("terms" in attrs) == ("odrl" in attrs):
            raise serializers.ValidationError({"terms": [_("Give either terms or odrl.")]}, code="required")
        return attrs


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

    @extend_schema(
        operation_id="grantConsent", request=GrantInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request) -> Response:
        """Say yes to a purpose, on your terms. The same yes said twice gives the same consent."""
        acting = acting_caller(request)
        grant = GrantInput(data=request.data)
        grant.is_valid(raise_exception=True)
        version_id, odrl = grant.validated_data["purposeVersionId"], grant.validated_data.get("odrl")
        consent = grant_consent(
            citizen=acting.citizen,
            purpose_version_id=version_id,
            terms=grant.validated_data["terms"]
            if odrl is None
            else terms_from_odrl(odrl, purpose_version_id=version_id),
            language=grant.validated_data["language"],
            notice_hash=grant.validated_data["noticeHash"],
            replaces=grant.validated_data.get("replaces"),
            mandate=acting.mandate,
        )
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class ConsentView(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(operation_id="readConsent", responses=ConsentDetail, tags=["consents"])
    def get(self, request: Request, consent_id: UUID) -> Response:
        """Read one consent: your own, or with a token one that your organisation was given."""
        consent = visible_consents(request).filter(pk=consent_id).first()
        if consent is None:
            raise ConsentNotFound
        return Response(consent_detail(request)(consent).data)
