from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import NewestFirst
from consent.errors import PurposeNotFound
from consent.models import Purpose
from consent.notice import LANGUAGES, notice

_LANGUAGE = OpenApiParameter(
    "language", str, enum=LANGUAGES, description="The language of the texts; else that of Accept-Language."
)


def asked_language(request: Request) -> str:
    """Return the language that the caller wants texts in, one of those that notices have."""
    wanted = request.query_params.get("language") or (get_language() or "nl").split("-")[0]
    return wanted if wanted in LANGUAGES else "nl"


class PurposeSummary(serializers.Serializer[Purpose]):
    """A purpose that data may be asked for now."""

    slug = serializers.CharField()
    organisation = serializers.CharField(source="organisation.name")
    oin = serializers.CharField(source="organisation.oin")
    versionId = serializers.UUIDField(source="current_version_id")
    number = serializers.IntegerField(source="current_version.number")
    title = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()
    legalBasis = serializers.CharField(source="current_version.legal_basis")

    def get_title(self, purpose: Purpose) -> str:
        return self._text(purpose)["title"]

    def get_summary(self, purpose: Purpose) -> str:
        return self._text(purpose)["summary"]

    def _text(self, purpose: Purpose) -> dict[str, str]:
        assert purpose.current_version is not None
        return purpose.current_version.text(asked_language(self.context["request"]))


class PurposeDetail(serializers.Serializer[Any]):
    """The notice of a purpose as citizens read it, with the hash that a consent keeps of it."""

    slug = serializers.CharField()
    versionId = serializers.UUIDField()
    number = serializers.IntegerField()
    noticeHash = serializers.CharField(help_text="SHA-256 (hex) of the notice in canonical JSON (RFC 8785)")
    notice = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_notice(self, value: dict[str, Any]) -> Any:
        return value["notice"]


class PurposeList(ListAPIView[Purpose]):
    permission_classes = (AllowAny,)
    serializer_class = PurposeSummary
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Purpose]:
        purposes: QuerySet[Purpose] = Purpose.objects.in_force().select_related("organisation", "current_version")
        return purposes

    @extend_schema(operation_id="listPurposes", parameters=[_LANGUAGE], tags=["purposes"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the purposes that data may be asked for now. Public."""
        return super().get(request, *args, **kwargs)


class PurposeView(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="readPurpose", parameters=[_LANGUAGE], responses=PurposeDetail, tags=["purposes"])
    def get(self, request: Request, slug: str) -> Response:
        """Read the notice of a purpose, and the hash that a grant of it names. Public."""
        purpose = Purpose.objects.in_force().filter(slug=slug).select_related("organisation", "current_version").first()
        if purpose is None or purpose.current_version is None:
            raise PurposeNotFound
        version = purpose.current_version
        version.purpose = purpose
        language = asked_language(request)
        detail = {
            "slug": purpose.slug,
            "versionId": version.pk,
            "number": version.number,
            "noticeHash": version.notice_hashes[language],
            "notice": notice(version, language),
        }
        return Response(PurposeDetail(detail).data)
