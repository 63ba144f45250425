from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.api.caller import SignedIn, calling_requester
from consent.api.paging import NewestFirst
from consent.api.strict import StrictSerializer
from sharing.errors import ReleaseNotFound
from sharing.models import Release
from sharing.services.release import ReleaseOutcome, release

SCOPE = "releases:write"


class ReleaseInput(StrictSerializer):
    """Which request is to be answered."""

    requestId = serializers.UUIDField()


class EntrySchema(serializers.Serializer[Any]):
    """The line in the audit log that this access left."""

    id = serializers.UUIDField()
    leafHash = serializers.CharField(help_text="RFC 6962 leaf hash, hex")
    promisedDelay = serializers.IntegerField(help_text="Seconds until it stands in a signed checkpoint")


class ReleasedSchema(serializers.Serializer[Any]):
    """What was released: exactly the granted fields, and the log entry of this access."""

    id = serializers.UUIDField()
    requestId = serializers.UUIDField()
    purpose = serializers.CharField()
    pseudonym = serializers.CharField(help_text="The name of the citizen for this purpose and no other")
    releasedAt = serializers.DateTimeField()
    fields = serializers.DictField(help_text="Values by full field name")  # type: ignore[assignment]  # the metaclass takes it out of the class
    absent = serializers.ListField(
        child=serializers.CharField(), help_text="Granted fields that the citizen has not filled in"
    )
    usesLeft = serializers.IntegerField(allow_null=True)
    validUntil = serializers.DateTimeField()
    repeated = serializers.BooleanField()
    verdicts = serializers.ListField(child=serializers.DictField())
    entry = EntrySchema()


class ReleaseDetail(serializers.Serializer[Release]):
    """That something was released; what it was is not kept."""

    id = serializers.UUIDField()
    requestId = serializers.UUIDField(source="request_id")
    ground = serializers.CharField()
    useNumber = serializers.IntegerField(source="use_number")
    entryId = serializers.UUIDField(source="entry")
    releasedAt = serializers.DateTimeField(source="released_at")


class ReleaseList(ListAPIView[Release]):
    permission_classes = (SignedIn,)
    serializer_class = ReleaseDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Release]:
        return own_releases(self.request)

    @extend_schema(operation_id="listReleases", tags=["releases"])
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """List what was released to your organisation."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="createRelease",
        request=ReleaseInput,
        responses={201: ReleasedSchema, 200: ReleasedSchema},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                required=True,
                description="A new one for each access; the same one repeats the answer without taking a use.",
            )
        ],
        tags=["releases"],
    )
    def post(self, request: HttpRequest) -> Response:
        """Receive the granted fields of a request. The access is in the audit log before the answer leaves."""
        actor = calling_requester(request, SCOPE)
        asked = ReleaseInput(data=request.data)
        asked.is_valid(raise_exception=True)
        outcome = release(
            actor=actor,
            request_id=asked.validated_data["requestId"],
            idempotency_key=request.headers.get("Idempotency-Key", ""),
        )
        repeated = outcome.data_or_refusal().repeated
        return Response(released_body(outcome), status=status.HTTP_200_OK if repeated else status.HTTP_201_CREATED)


class ReleaseView(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(operation_id="readRelease", responses=ReleaseDetail, tags=["releases"])
    def get(self, request: HttpRequest, release_id: UUID) -> Response:
        """Read that something was released to your organisation."""
        found = own_releases(request).filter(pk=release_id).first()
        if found is None:
            raise ReleaseNotFound
        return Response(ReleaseDetail(found).data)


def own_releases(request: HttpRequest) -> QuerySet[Release]:
    """Return the releases to the caller's organisation."""
    actor = calling_requester(request, SCOPE)
    releases: QuerySet[Release] = Release.objects.of_organisation(actor.organisation_id)
    return releases


def released_body(outcome: ReleaseOutcome) -> dict[str, Any]:
    """Return the answer in the form of ReleasedSchema; by hand, because this is the busiest path of all."""
    released = outcome.data_or_refusal()
    return {
        "id": str(released.id),
        "requestId": str(released.request_id),
        "purpose": released.purpose,
        "pseudonym": released.pseudonym,
        "releasedAt": _time_text(released.released_at),
        "fields": released.data,
        "absent": list(released.absent),
        "usesLeft": released.uses_left,
        "validUntil": _time_text(released.valid_until),
        "repeated": released.repeated,
        "verdicts": [verdict.as_dict() for verdict in outcome.verdicts],
        "entry": {
            "id": str(outcome.entry_id),
            "leafHash": outcome.leaf_hash.hex(),
            "promisedDelay": int(settings.LOG_PROMISED_DELAY.total_seconds()),
        },
    }


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
