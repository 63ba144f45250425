from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.api.caller import SignedIn, calling_requester
from consent.api.strict import StrictSerializer
from sharing.services.deletion import ConfirmedDeletion, confirm_deletion

SCOPE = "releases:write"


class DeletionInput(StrictSerializer):
    """Nothing: the address says which release was deleted."""


class DeletionSchema(serializers.Serializer[ConfirmedDeletion]):
    """A confirmed deletion with its receipt."""

    releaseId = serializers.UUIDField(source="deletion.release_id")
    deleteBefore = serializers.DateTimeField(source="deletion.due_at")
    confirmedAt = serializers.DateTimeField(source="deletion.confirmed_at")
    entryId = serializers.UUIDField(source="deletion.entry")
    receipt = serializers.CharField(help_text="A JWS in compact form; /receipts/keys.json has the key that verifies it")


class ReleaseDeletions(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="confirmDeletion",
        request=DeletionInput,
        responses={201: DeletionSchema, 200: DeletionSchema},
        tags=["releases"],
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Confirm that your organisation deleted what a release gave it. The citizen sees that you did."""
        actor = calling_requester(request, SCOPE)
        DeletionInput(data=request.data).is_valid(raise_exception=True)
        confirmed = confirm_deletion(actor=actor, release_id=release_id)
        answered: dict[str, Any] = dict(DeletionSchema(confirmed).data)
        return Response(answered, status=status.HTTP_200_OK if confirmed.repeated else status.HTTP_201_CREATED)
