from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.api.caller import SignedIn, acting_caller, calling_system
from consent.api.consent_detail import SCOPE
from consent.models import ConsentChange
from consent.receipts.consent_receipt import claims, signed_receipt
from consent.receipts.find import change_for_organisation, change_of_citizen
from consent.receipts.iso27560 import iso27560_receipt
from consent.receipts.record import receipt_record


class LinkedData(JSONRenderer):
    media_type = "application/ld+json"
    format = "jsonld"


class Jose(BaseRenderer):
    """The compact JWS as it stands; a refusal is JSON here too."""

    media_type = "application/jose"
    format = "jose"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if isinstance(data, str):
            return data.encode()
        rendered: bytes = JSONRenderer().render(data)
        return rendered


class ReceiptView(APIView):
    permission_classes = (SignedIn,)
    renderer_classes = (JSONRenderer, LinkedData, Jose)

    @extend_schema(
        operation_id="readReceipt",
        tags=["consents"],
        responses={
            (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, "Both forms, as they are signed"),
            (200, "application/ld+json"): OpenApiResponse(OpenApiTypes.OBJECT, "ISO/IEC TS 27560 with DPV 2"),
            (200, "application/jose"): OpenApiResponse(OpenApiTypes.STR, "The signed receipt, a compact JWS"),
        },
    )
    def get(self, request: Request, consent_id: UUID, change_id: UUID) -> Response:
        """Read the receipt of one change of a consent: your own, or one that your organisation was given."""
        record = receipt_record(_change(request, consent_id, change_id))
        match request.accepted_renderer.media_type:
            case Jose.media_type:
                return Response(signed_receipt(record))
            case LinkedData.media_type:
                return Response(iso27560_receipt(record))
        return Response({"iss": record.issuer, **claims(record)})


def _change(request: Request, consent_id: UUID, change_id: UUID) -> ConsentChange:
    system = calling_system(request, SCOPE)
    if system is not None:
        return change_for_organisation(
            organisation_id=system.actor.organisation_id, consent_id=consent_id, change_id=change_id
        )
    acting = acting_caller(request)
    return change_of_citizen(citizen=acting.citizen, consent_id=consent_id, change_id=change_id, mandate=acting.mandate)
