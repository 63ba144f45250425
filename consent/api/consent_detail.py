"""How a consent looks to its citizen, and to the organisation that it was given to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from consent.acting import Acting
from consent.api.caller import acting_caller, calling_system
from consent.errors import ConsentNotFound
from consent.kept_back import uses_kept_back
from consent.lifecycle import State
from consent.models import Consent

SCOPE = "consents:read"
STATES = [str(state) for state in State]


class ConsentDetail(serializers.Serializer[Consent]):
    """A consent as its citizen sees it."""

    id = serializers.UUIDField()
    purpose = serializers.CharField(source="purpose.slug")
    purposeVersionId = serializers.UUIDField(source="purpose_version_id")
    organisation = serializers.CharField(source="purpose.organisation.name")
    oin = serializers.CharField(source="purpose.organisation.oin")
    state = serializers.ChoiceField(choices=STATES)
    version = serializers.IntegerField(help_text="Grows with every change; a change says which one it was made to")
    language = serializers.CharField()
    noticeHash = serializers.CharField(source="notice_hash")
    terms = serializers.SerializerMethodField()
    usesTaken = serializers.IntegerField(source="uses_taken")
    usesLeft = serializers.SerializerMethodField()
    requestedAt = serializers.DateTimeField(source="requested_at", allow_null=True)
    givenAt = serializers.DateTimeField(source="given_at", allow_null=True)
    pausedAt = serializers.DateTimeField(source="paused_at", allow_null=True)
    endedAt = serializers.DateTimeField(source="ended_at", allow_null=True)

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_terms(self, consent: Consent) -> Any:
        return consent.conditions

    def get_usesLeft(self, consent: Consent) -> int | None:
        limit = consent.terms.uses_limit
        return None if limit is None else max(0, limit - consent.uses_taken)


class OwnConsentList(serializers.ListSerializer[Consent]):
    def to_representation(self, data: Any) -> Any:
        consents = list(data)
        assert isinstance(self.child, OwnConsentDetail)
        self.child.kept_back = uses_kept_back([consent.pk for consent in consents], now=timezone.now())
        return super().to_representation(consents)


class OwnConsentDetail(ConsentDetail):
    """A consent as its citizen sees it, with what is nobody else's business, and without uses that are kept back."""

    kept_back: Mapping[UUID, Sequence[datetime]] | None = None

    class Meta:
        list_serializer_class = OwnConsentList

    def to_representation(self, instance: Consent) -> dict[str, Any]:
        kept_back = self.kept_back
        if kept_back is None:
            kept_back = uses_kept_back([instance.pk], now=timezone.now())
        shown = super().to_representation(instance)
        uses = len(kept_back.get(instance.pk, ()))
        shown["usesTaken"] -= uses
        if shown["usesLeft"] is not None:
            shown["usesLeft"] = max(0, instance.terms.uses_limit - shown["usesTaken"])
        return shown

    postponedUntil = serializers.DateTimeField(source="postponed_until", allow_null=True)
    mandateId = serializers.UUIDField(
        source="mandate_id", allow_null=True, help_text="The mandate under which somebody else said yes"
    )


class GivenConsentDetail(ConsentDetail):
    """A consent as the organisation sees it that it was given to: with the purpose's pseudonym, without the text."""

    pseudonym = serializers.CharField(help_text="The name of the citizen for this purpose and no other")


def consents_of(acting: Acting) -> QuerySet[Consent]:
    """Return the consents that a citizen may see, or somebody with a mandate that stretches to their purposes."""
    consents: QuerySet[Consent] = Consent.objects.of_citizen(acting.citizen)
    if acting.mandate is not None and acting.mandate.purposes:
        consents = consents.filter(purpose__slug__in=acting.mandate.purposes)
    return consents.select_related("purpose__organisation")


def visible_consents(request: Request) -> QuerySet[Consent]:
    """Return the consents that the caller may see: a citizen's own, or those given to a system's organisation."""
    system = calling_system(request, SCOPE)
    if system is None:
        return consents_of(acting_caller(request))
    given: QuerySet[Consent] = Consent.objects.given_to(system.actor.organisation_id)
    return given.select_related("purpose__organisation")


def own_consent_or_404(request: Request, consent_id: UUID) -> Consent:
    """Return a consent of the citizen who calls; raise RoleRequired for a system, ConsentNotFound for another's."""
    consent = consents_of(acting_caller(request)).filter(pk=consent_id).first()
    if consent is None:
        raise ConsentNotFound
    return consent


def consent_detail(request: Request) -> type[ConsentDetail]:
    """Return how the caller sees a consent."""
    return OwnConsentDetail if calling_system(request, SCOPE) is None else GivenConsentDetail
