import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import NewestFirst
from audit.errors import FieldError
from consent.api.authentication import require_bearer_token, require_system
from consent.api.caller import SignedIn, calling_requester, require_requester, require_scope
from consent.api.json_body import read_json
from sharing.errors import InvalidRelease, ReleaseNotFound
from sharing.models import Release
from sharing.release_outcome import ReleaseOutcome
from sharing.services.release import release
from sharing.standing import read_standing_by_token

SCOPE = "releases:write"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class ReleaseInput(serializers.Serializer[Any]):
    """Which request is to be answered."""

    requestId = serializers.UUIDField()


class EntrySchema(serializers.Serializer[Any]):
    """The line in the audit log that this access left."""

    id = serializers.UUIDField()
    leafHash = serializers.CharField(help_text="RFC 6962 leaf hash, hex")
    promisedDelay = serializers.IntegerField(help_text="Seconds until it stands in a signed checkpoint")
    promise = serializers.CharField(
        help_text="The same, signed, as a C2SP signed note to keep; its keys stand at /audit/log/promise-key"
    )


class AnswerSchema(serializers.Serializer[Any]):
    """Yes or no to a question of the dataset; the value that it is about never leaves the service."""

    derivation = serializers.CharField()
    answer = serializers.BooleanField()


class ReleasedSchema(serializers.Serializer[Any]):
    """What was released: exactly the granted fields, and the log entry of this access."""

    id = serializers.UUIDField()
    requestId = serializers.UUIDField()
    purpose = serializers.CharField()
    pseudonym = serializers.CharField(help_text="The name of the citizen for this purpose and no other")
    releasedAt = serializers.DateTimeField()
    fields = serializers.DictField(
        help_text="Values by full field name; of a file {id, mediaType, size, href}, and its bytes stand at href"
    )  # type: ignore[assignment]  # the metaclass takes it out of the class
    answers = serializers.DictField(
        child=AnswerSchema(), help_text="By full field name, where the citizen shares the answer and not the value"
    )
    absent = serializers.ListField(
        child=serializers.CharField(), help_text="Granted fields that the citizen has not filled in"
    )
    usesLeft = serializers.IntegerField(allow_null=True)
    validUntil = serializers.DateTimeField()
    deleteBefore = serializers.DateTimeField(
        allow_null=True, help_text="Delete what you received before this moment, and confirm it"
    )
    repeated = serializers.BooleanField()
    verdicts = serializers.ListField(child=serializers.DictField())
    entry = EntrySchema()


class ReleaseDetail(serializers.Serializer[Release]):
    """That something was released, and whether it is to be deleted; what it was is not kept."""

    id = serializers.UUIDField()
    requestId = serializers.UUIDField(source="request_id")
    ground = serializers.CharField()
    useNumber = serializers.IntegerField(source="use_number")
    entryId = serializers.UUIDField(source="entry")
    releasedAt = serializers.DateTimeField(source="released_at")
    # Without a duty to delete there is no such row.
    deleteBefore = serializers.DateTimeField(source="deletion.due_at", default=None, read_only=True, allow_null=True)
    deletedAt = serializers.DateTimeField(source="deletion.confirmed_at", default=None, read_only=True, allow_null=True)


class ReleaseList(ListAPIView[Release]):
    permission_classes = (SignedIn,)
    serializer_class = ReleaseDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Release]:
        return own_releases(self.request)

    @extend_schema(operation_id="listReleases", tags=["releases"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
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
    def post(self, request: HttpRequest) -> HttpResponse:
        """Receive the granted fields of a request. The access is in the audit log before the answer leaves."""
        token, request_id = require_bearer_token(request), _request_id(request)
        idempotency_key = request.headers.get("Idempotency-Key", "")
        found, standing = read_standing_by_token(token=token, request_id=request_id, idempotency_key=idempotency_key)
        system = require_system(found)
        request.user = system  # type: ignore[assignment]  # who is asking, for the log of a refusal
        outcome = release(
            actor=require_requester(require_scope(system, SCOPE)),
            request_id=request_id,
            idempotency_key=idempotency_key,
            standing=standing,
        )
        released = outcome.data_or_refusal()
        return HttpResponse(
            json.dumps(released_body(outcome), ensure_ascii=False),
            content_type="application/json",
            status=200 if released.repeated else 201,
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # The busiest path of all goes without the framework's request, negotiation, parser and renderer.
        return self.post(request) if request.method == "POST" else super().dispatch(request, *args, **kwargs)


class ReleaseView(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(operation_id="readRelease", responses=ReleaseDetail, tags=["releases"])
    def get(self, request: Request, release_id: UUID) -> Response:
        """Read that something was released to your organisation."""
        found = own_releases(request).filter(pk=release_id).first()
        if found is None:
            raise ReleaseNotFound
        return Response(ReleaseDetail(found).data)


def _request_id(request: HttpRequest) -> UUID:
    if request.content_type != "application/json":
        raise UnsupportedMediaType(request.content_type or "")
    body = read_json(request.body)
    if not isinstance(body, dict) or set(body) != {"requestId"}:
        detail = _("Send an object with the member requestId and no other.")
        raise InvalidRelease(errors=[FieldError("", "request-id-missing", detail)])
    request_id = body["requestId"]
    if isinstance(request_id, str) and _UUID.fullmatch(request_id):
        return UUID(request_id)
    detail = _("This is not the id of a request, such as 0199a2c4-7f6e-7c55-a1a0-0d2f4f1f7a10.")
    raise InvalidRelease(errors=[FieldError("/requestId", "request-id", detail)])


def own_releases(request: Request) -> QuerySet[Release]:
    """Return the releases to the caller's organisation."""
    actor = calling_requester(request, SCOPE)
    releases: QuerySet[Release] = Release.objects.of_organisation(actor.organisation_id)
    return releases.select_related("deletion")


def released_body(outcome: ReleaseOutcome) -> dict[str, Any]:
    """Return the answer in the form of ReleasedSchema; by hand, because this is the busiest path of all."""
    released = outcome.data_or_refusal()
    return {
        "id": str(released.id),
        "requestId": str(released.request_id),
        "purpose": released.purpose,
        "pseudonym": released.pseudonym,
        "releasedAt": time_text(released.released_at),
        "fields": {
            name: {**value, "href": file_href(released.id, value["id"])} if name in released.files else value
            for name, value in released.data.items()
        },
        "answers": {
            name: {"derivation": released.derivations[name], "answer": said} for name, said in released.answers.items()
        },
        "absent": list(released.absent),
        "usesLeft": released.uses_left,
        "validUntil": time_text(released.valid_until),
        "deleteBefore": None if released.delete_before is None else time_text(released.delete_before),
        "repeated": released.repeated,
        "verdicts": [verdict.as_dict() for verdict in outcome.verdicts],
        "entry": {
            "id": str(outcome.entry_id),
            "leafHash": outcome.leaf_hash.hex(),
            "promisedDelay": int(settings.LOG_PROMISED_DELAY.total_seconds()),
            "promise": outcome.promise,
        },
    }


def file_href(release_id: UUID, file_id: str) -> str:
    """Return the address, without its host, of the bytes of a file that was released."""
    return reverse("api-file", kwargs={"release_id": release_id, "file_id": file_id})


def time_text(moment: datetime) -> str:
    """Return an aware moment as the API writes it: RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
