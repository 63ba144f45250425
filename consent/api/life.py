"""What a citizen does with a question or a consent between the first word and the last."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.api.caller import SignedIn, acting_caller
from consent.api.consent_detail import OwnConsentDetail
from consent.api.strict import NothingInput, StrictSerializer
from consent.notice import LANGUAGES
from consent.services.change import (
    narrow_consent,
    pause_consent,
    postpone_consent,
    renew_consent,
    resume_consent,
)

_MOST_USES = 1_000_000


class NarrowingInput(StrictSerializer):
    """The narrower terms, all of them, and the version of the consent that they were chosen for."""

    version = serializers.IntegerField(min_value=1)
    terms = serializers.DictField(help_text="As in granting; none of them wider than what was agreed")


class RenewalInput(StrictSerializer):
    """A later end, how many more uses, and the text that the yes was given to."""

    version = serializers.IntegerField(min_value=1)
    validUntil = serializers.DateTimeField()
    moreUses = serializers.IntegerField(min_value=1, max_value=_MOST_USES, required=False)
    language = serializers.ChoiceField(choices=LANGUAGES)
    noticeHash = serializers.RegexField(r"^[0-9a-f]{64}$")


class PostponementInput(StrictSerializer):
    """Until when the question is put off; two weeks unless it says so."""

    until = serializers.DateTimeField(required=False)


class PauseList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="pauseConsent", request=NothingInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Pause a consent. From this moment on nobody reads the data, until you resume."""
        acting = acting_caller(request)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = pause_consent(citizen=acting.citizen, consent_id=consent_id, mandate=acting.mandate)
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class ResumptionList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="resumeConsent", request=NothingInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """End a pause, on the terms that were agreed."""
        acting = acting_caller(request)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = resume_consent(citizen=acting.citizen, consent_id=consent_id, mandate=acting.mandate)
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class NarrowingList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="narrowConsent", request=NarrowingInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Share less from now on. What drops out can be read no more, not even by a copy that was kept."""
        acting = acting_caller(request)
        narrowing = NarrowingInput(data=request.data)
        narrowing.is_valid(raise_exception=True)
        consent = narrow_consent(
            citizen=acting.citizen, consent_id=consent_id, mandate=acting.mandate, **narrowing.validated_data
        )
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class RenewalList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="renewConsent", request=RenewalInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Let a consent last longer, to the same text. It never happens by itself."""
        acting = acting_caller(request)
        renewal = RenewalInput(data=request.data)
        renewal.is_valid(raise_exception=True)
        consent = renew_consent(
            citizen=acting.citizen,
            consent_id=consent_id,
            valid_until=renewal.validated_data["validUntil"],
            more_uses=renewal.validated_data.get("moreUses"),
            language=renewal.validated_data["language"],
            notice_hash=renewal.validated_data["noticeHash"],
            version=renewal.validated_data["version"],
            mandate=acting.mandate,
        )
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class PostponementList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="postponeConsent", request=PostponementInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Think about a question. The organisation cannot tell it from silence, and nothing answers it for you."""
        acting = acting_caller(request)
        postponement = PostponementInput(data=request.data)
        postponement.is_valid(raise_exception=True)
        consent = postpone_consent(
            citizen=acting.citizen,
            consent_id=consent_id,
            until=postponement.validated_data.get("until"),
            mandate=acting.mandate,
        )
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)
