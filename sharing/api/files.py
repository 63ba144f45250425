from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.api.caller import SignedIn, calling_requester
from consent.api.strict import NothingInput
from sharing.models import Viewing
from sharing.released_file_answer import STILL_TYPE, answer_released_file
from sharing.services.viewing import stop_viewing

SCOPE = "releases:write"
_MEDIA = ("video/mp4", "video/quicktime", "video/webm", "image/jpeg", "image/png", "application/pdf")
_RANGES = [
    OpenApiParameter(
        "Range",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="One range of bytes (RFC 9110 section 14); several at once are answered with the whole file.",
    ),
    OpenApiParameter(
        "If-Range", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The ETag of the file that a range is of."
    ),
]
_NOT_THERE = OpenApiResponse(description="Those bytes are not there; Content-Range says how many there are.")


class ViewingSchema(serializers.Serializer[Viewing]):
    """A viewing that has ended."""

    id = serializers.UUIDField()
    bytesRead = serializers.IntegerField(source="bytes_read")
    end = serializers.ChoiceField(choices=Viewing.End.values)
    startEntryId = serializers.UUIDField(source="start_entry")
    endEntryId = serializers.UUIDField(source="end_entry")


class AnyType(BaseContentNegotiation):
    """A file is of its own type, whatever the caller says to accept; a refusal is problem+json."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ReleasedFileView(APIView):
    permission_classes = (SignedIn,)
    content_negotiation_class = AnyType

    @extend_schema(
        operation_id="readReleasedFile",
        tags=["releases"],
        parameters=_RANGES,
        responses={
            **{(200, media): OpenApiResponse(OpenApiTypes.BINARY, "The whole file") for media in _MEDIA},
            **{(206, media): OpenApiResponse(OpenApiTypes.BINARY, "The bytes of the range") for media in _MEDIA},
            416: _NOT_THERE,
        },
    )
    def get(self, request: Request, release_id: UUID, file_id: UUID) -> HttpResponseBase:
        """View a file that was released to you, or some bytes of it.

        The first bytes start a viewing, which all ranges belong to; its start and its end stand in the audit log. While
        the bytes flow the consent is checked again and again: where it no longer allows it, the connection breaks.
        """
        actor = calling_requester(request, SCOPE)
        return answer_released_file(request._request, actor, release_id=release_id, file_id=file_id)


class ReleasedFileStill(APIView):
    permission_classes = (SignedIn,)
    content_negotiation_class = AnyType

    @extend_schema(
        operation_id="readReleasedFileStill",
        tags=["releases"],
        parameters=_RANGES,
        responses={
            (200, STILL_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "The picture"),
            (206, STILL_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "The bytes of the range"),
            416: _NOT_THERE,
        },
    )
    def get(self, request: Request, release_id: UUID, file_id: UUID) -> HttpResponseBase:
        """See a still picture of a file that was released to you. That is viewing the file too."""
        actor = calling_requester(request, SCOPE)
        return answer_released_file(request._request, actor, release_id=release_id, file_id=file_id, still=True)


class ReleasedFileStops(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(operation_id="stopViewing", tags=["releases"], request=NothingInput, responses={201: ViewingSchema})
    def post(self, request: Request, release_id: UUID, file_id: UUID) -> Response:
        """Say that you are done viewing a file. The citizen sees when, and how much of it you received."""
        actor = calling_requester(request, SCOPE)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        ended = stop_viewing(actor=actor, release_id=release_id, file_id=file_id)
        return Response(ViewingSchema(ended).data, status=status.HTTP_201_CREATED)
