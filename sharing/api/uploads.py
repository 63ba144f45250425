"""Bringing in files by tus 1.0.0 (https://tus.io/protocols/resumable-upload): core, creation, termination, expiration.

The server side is ours because none for Django is kept: the last release of django-tus is of 2020, and it writes what
comes to a disk in the open. The client is tus-js-client, or any other.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.errors import FieldError
from consent.api.caller import SignedIn, acting_caller
from consent.models import Act
from sharing.errors import InvalidUpload, TusVersionUnknown
from sharing.models import Upload
from sharing.pages.own_data import check_sees_everything
from sharing.services.files.append import append_part, find_upload
from sharing.services.files.begin import begin_upload
from sharing.services.files.remove import stop_upload
from sharing.services.vault import version_of

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
CONTENT_TYPE = "application/offset+octet-stream"
# The members of Upload-Metadata. `dataset` and `pointer` say which field of the vault the file is for.
_NEEDED = ("filename", "dataset", "pointer")

_RESUMABLE = OpenApiParameter("Tus-Resumable", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True, enum=[VERSION])


class UploadDetail(serializers.Serializer[Upload]):
    """How far a file on its way in is. `refusal` is a code, `fileId` the stored file once it is checked."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Upload.State.choices)
    size = serializers.IntegerField(source="announced_size")
    received = serializers.IntegerField()
    refusal = serializers.CharField()
    fileId = serializers.UUIDField(source="file_id", allow_null=True)
    endsAt = serializers.DateTimeField(source="ends_at")


class _TusView(APIView):
    """A view of the protocol: its version goes both ways, and OPTIONS says what this server does."""

    permission_classes = (SignedIn,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "OPTIONS") and request.headers.get("Tus-Resumable") != VERSION:
            raise TusVersionUnknown(detail=_("Send the header Tus-Resumable: 1.0.0."))

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response["Tus-Resumable"] = VERSION
        if response.status_code == TusVersionUnknown.status:
            response["Tus-Version"] = VERSION
        return super().finalize_response(request, response, *args, **kwargs)

    @extend_schema(exclude=True)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override] # as Django REST framework calls it
        response = Response(status=204)
        response["Tus-Version"] = VERSION
        response["Tus-Extension"] = EXTENSIONS
        response["Tus-Max-Size"] = str(settings.LARGEST_FILE)
        return response

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if self.request.method == "OPTIONS" else super().get_permissions()


class UploadList(_TusView):
    @extend_schema(
        operation_id="createUpload",
        request=None,
        responses={201: OpenApiResponse(description="Begun, at the address in Location")},
        parameters=[
            _RESUMABLE,
            OpenApiParameter("Upload-Length", OpenApiTypes.INT, OpenApiParameter.HEADER, required=True),
            OpenApiParameter(
                "Upload-Metadata",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                required=True,
                description="filename, dataset, pointer, and keepsmetadata for who shares place and camera too",
            ),
        ],
        tags=["uploads"],
    )
    def post(self, request: Request) -> Response:
        """Begin to bring in a file for a field of your own vault."""
        acting = acting_caller(request)
        check_sees_everything(acting, act=Act.CHANGE)
        said = _metadata(request.headers.get("Upload-Metadata", ""))
        upload = begin_upload(
            citizen=acting.citizen,
            dataset_version=version_of(acting.citizen, said["dataset"])[0],
            pointer=said["pointer"],
            name=said["filename"],
            size=_number(request, "Upload-Length"),
            keeps_metadata=said.get("keepsmetadata") == "yes",
            mandate=acting.mandate,
        )
        response = Response(status=201)
        response["Location"] = reverse("api-upload", args=[upload.pk])
        response["Upload-Expires"] = http_date(upload.ends_at.timestamp())
        return response


class UploadView(_TusView):
    @extend_schema(operation_id="readUpload", responses=UploadDetail, tags=["uploads"])
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Read how far a file is, and what became of it."""
        return Response(UploadDetail(self._find(request, upload_id)).data)

    def head(self, request: Request, upload_id: UUID) -> Response:
        """Say where to go on."""
        upload = self._find(request, upload_id)
        response = Response(status=200)
        response["Upload-Length"] = str(upload.announced_size)
        return _at(response, upload)

    @extend_schema(
        operation_id="appendToUpload",
        request={CONTENT_TYPE: OpenApiTypes.BINARY},
        responses={204: OpenApiResponse(description="Durable up to the offset in Upload-Offset")},
        parameters=[
            _RESUMABLE,
            OpenApiParameter("Upload-Offset", OpenApiTypes.INT, OpenApiParameter.HEADER, required=True),
        ],
        tags=["uploads"],
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Bring in the next bytes, at most 16 MiB at once."""
        acting = acting_caller(request)
        check_sees_everything(acting, act=Act.CHANGE)
        if request.content_type != CONTENT_TYPE:
            raise UnsupportedMediaType(request.content_type or "")
        upload = append_part(
            citizen=acting.citizen,
            upload_id=upload_id,
            offset=_number(request, "Upload-Offset"),
            length=int(request.META.get("CONTENT_LENGTH") or 0),
            # Past the framework's parsers: the bytes go through in pieces.
            read=request._request.read,
            mandate=acting.mandate,
        )
        return _at(Response(status=204), upload)

    @extend_schema(operation_id="stopUpload", responses={204: None}, parameters=[_RESUMABLE], tags=["uploads"])
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Stop, and have what came forgotten."""
        acting = acting_caller(request)
        check_sees_everything(acting, act=Act.CHANGE)
        stop_upload(citizen=acting.citizen, upload_id=upload_id, mandate=acting.mandate)
        return Response(status=204)

    def _find(self, request: Request, upload_id: UUID) -> Upload:
        acting = acting_caller(request)
        check_sees_everything(acting, act=Act.CHANGE)
        return find_upload(citizen=acting.citizen, upload_id=upload_id)


def _at(response: Response, upload: Upload) -> Response:
    response["Upload-Offset"] = str(upload.received)
    response["Upload-Expires"] = http_date(upload.ends_at.timestamp())
    return response


def _metadata(header: str) -> dict[str, str]:
    """Return the pairs of Upload-Metadata; raise InvalidUpload for what cannot be read, or lacks what is needed."""
    said: dict[str, str] = {}
    for pair in header.split(","):
        key, _space, value = pair.strip().partition(" ")
        try:
            said[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _invalid("Upload-Metadata") from None
    if any("\0" in value for value in said.values()) or not said.keys() >= set(_NEEDED):
        raise _invalid("Upload-Metadata")
    return said


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not value.isascii() or not value.isdecimal() or len(value) > 15:
        raise _invalid(header)
    return int(value)


def _invalid(header: str) -> InvalidUpload:
    detail = _("The header %(header)s is missing, or cannot be read.") % {"header": header}
    return InvalidUpload(errors=[FieldError("", "header-invalid", detail)])
