"""What ends a question or a consent: a no, and a no longer."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.api.caller import SignedIn, acting_caller
from consent.api.consent_detail import OwnConsentDetail
from consent.api.strict import NothingInput
from consent.services.answer import refuse_consent
from consent.services.change import withdraw_consent


class RefusalList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="refuseConsent", request=NothingInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Say no to a question. It costs nothing, and the organisation cannot tell it from silence."""
        acting = acting_caller(request)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = refuse_consent(citizen=acting.citizen, consent_id=consent_id, mandate=acting.mandate)
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class WithdrawalList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="withdrawConsent", request=NothingInput, responses={201: OwnConsentDetail}, tags=["consents"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Stop sharing. From this moment on nobody reads the data, and the key of the copies is destroyed."""
        acting = acting_caller(request)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = withdraw_consent(citizen=acting.citizen, consent_id=consent_id, mandate=acting.mandate)
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)
