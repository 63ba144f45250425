from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.pagination import NewestFirst
from consent.api.caller import SignedIn
from consent.api.consent_detail import STATES, own_consent_or_404
from consent.kept_back import uses_kept_back
from consent.lifecycle import Event
from consent.models import Consent, ConsentChange


class ChangeDetail(serializers.Serializer[ConsentChange]):
    """One change of a consent, with the text and the terms that held from then on."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    event = serializers.ChoiceField(choices=[str(event) for event in Event])
    state = serializers.ChoiceField(choices=STATES)
    at = serializers.DateTimeField()
    purposeVersionId = serializers.UUIDField(source="purpose_version_id")
    language = serializers.CharField()
    noticeHash = serializers.CharField(source="notice_hash")
    terms = serializers.SerializerMethodField()
    usesTaken = serializers.SerializerMethodField(help_text="As far as the log shows it now")
    mandateId = serializers.UUIDField(source="mandate_id", allow_null=True)
    entryId = serializers.UUIDField(source="entry", help_text="The entry of the audit log that says the same")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_terms(self, change: ConsentChange) -> Any:
        return change.conditions

    def get_usesTaken(self, change: ConsentChange) -> int:
        kept_back: Sequence[datetime] = self.context["kept_back"]
        return change.uses_taken - sum(at <= change.at for at in kept_back)


class ChangeList(ListAPIView[ConsentChange]):
    permission_classes = (SignedIn,)
    serializer_class = ChangeDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[ConsentChange]:
        consent: Consent = own_consent_or_404(self.request, self.kwargs["consent_id"])
        changes: QuerySet[ConsentChange] = ConsentChange.objects.filter(consent=consent)
        return changes

    def get_serializer_context(self) -> dict[str, Any]:
        consent_id = self.kwargs["consent_id"]
        kept_back = uses_kept_back([consent_id], now=timezone.now()).get(consent_id, ())
        return {**super().get_serializer_context(), "kept_back": kept_back}

    @extend_schema(operation_id="listChanges", tags=["consents"])
    def get(self, request: Request, consent_id: UUID) -> Response:
        """List every change of one of your consents, newest first."""
        return super().get(request, consent_id=consent_id)
