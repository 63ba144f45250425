from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import NewestFirst
from consent.api.caller import SignedIn, calling_requester
from consent.api.strict import StrictSerializer
from consent.area import cell_at
from sharing.errors import RequestNotFound
from sharing.models import Request
from sharing.services.request import create_request

SCOPE = "requests:write"


class SubjectInput(StrictSerializer):
    """Whom it is about: one of the two."""

    bsn = serializers.CharField(required=False, max_length=9)
    pseudonym = serializers.CharField(required=False, max_length=64)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": "^[0-9a-f]{15}$"},
            {
                "type": "object",
                "properties": {
                    "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                    "longitude": {"type": "number", "minimum": -180, "maximum": 180},
                },
                "required": ["latitude", "longitude"],
                "additionalProperties": False,
            },
        ],
        "description": "A cell of H3, or a place in WGS 84 degrees",
    }
)
class PlaceField(serializers.Field[Any, Any, Any, Any]):
    """A cell of H3 as 15 hexadecimal digits, or the latitude and longitude of a place in WGS 84 degrees."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and data:
            return data
        if isinstance(data, dict) and set(data) == {"latitude", "longitude"}:
            try:
                return cell_at(_degrees(data["latitude"]), _degrees(data["longitude"]))
            except ValueError:
                raise serializers.ValidationError(
                    _("A latitude is a number from -90 to 90, and a longitude one from -180 to 180."),
                    code="invalid-place",
                ) from None
        detail = _("Give a cell of H3, or an object with a latitude and a longitude.")
        raise serializers.ValidationError(detail, code="invalid-place")

    def to_representation(self, value: str) -> str:
        return value


def _degrees(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("degrees are a number")
    return float(value)


class RequestInput(StrictSerializer):
    """What is asked of whom, for which purpose and case."""

    purpose = serializers.SlugField(max_length=60)
    subject = SubjectInput()
    fields = serializers.ListField(  # type: ignore[assignment]  # the metaclass takes it out of the class
        child=serializers.CharField(max_length=300), min_length=1, max_length=100
    )
    case = serializers.CharField(max_length=100)
    place = PlaceField(required=False)


class RequestDetail(serializers.Serializer[Request]):
    """A request as the organisation sees it that made it. It never says whether the citizen exists."""

    id = serializers.UUIDField()
    purpose = serializers.CharField(source="purpose_version.purpose.slug")
    purposeVersionId = serializers.UUIDField(source="purpose_version_id")
    fields = serializers.JSONField()  # type: ignore[assignment]  # the metaclass takes it out of the class
    case = serializers.CharField()
    place = serializers.CharField(help_text="The H3 cell that it is about, empty for none")
    role = serializers.CharField()
    department = serializers.CharField()
    requestedAt = serializers.DateTimeField(source="requested_at")


class RequestList(ListAPIView[Request]):
    permission_classes = (SignedIn,)
    serializer_class = RequestDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Request]:
        return own_requests(self.request)

    @extend_schema(operation_id="listRequests", tags=["requests"])
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """List the requests of your organisation."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="createRequest", request=RequestInput, responses={201: RequestDetail}, tags=["requests"]
    )
    def post(self, request: HttpRequest) -> Response:
        """Ask for the data of one citizen. A citizen who has not answered for this purpose is asked."""
        actor = calling_requester(request, SCOPE)
        asked = RequestInput(data=request.data)
        asked.is_valid(raise_exception=True)
        subject = asked.validated_data["subject"]
        made = create_request(
            actor=actor,
            purpose=asked.validated_data["purpose"],
            fields=asked.validated_data["fields"],
            case=asked.validated_data["case"],
            bsn=subject.get("bsn", ""),
            pseudonym=subject.get("pseudonym", ""),
            place=asked.validated_data.get("place", ""),
        )
        return Response(RequestDetail(made).data, status=status.HTTP_201_CREATED)


class RequestView(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(operation_id="readRequest", responses=RequestDetail, tags=["requests"])
    def get(self, request: HttpRequest, request_id: UUID) -> Response:
        """Read one request of your organisation."""
        found = own_requests(request).filter(pk=request_id).first()
        if found is None:
            raise RequestNotFound
        return Response(RequestDetail(found).data)


def own_requests(request: HttpRequest) -> QuerySet[Request]:
    """Return the requests of the caller's organisation."""
    actor = calling_requester(request, SCOPE)
    requests: QuerySet[Request] = Request.objects.of_organisation(actor.organisation_id)
    return requests.select_related("purpose_version__purpose")
