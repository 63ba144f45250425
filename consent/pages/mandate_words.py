"""Mandates in words for people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from consent.lifecycle import Event
from consent.models import Act, Citizen, Mandate, Purpose
from consent.until import until_in_words

ACTS: dict[str, Promise] = {
    Act.ANSWER: gettext_lazy("Say yes or no to a question"),
    Act.CHANGE: gettext_lazy("Pause, go on, share less, or share longer"),
    Act.WITHDRAW: gettext_lazy("Stop sharing"),
}

KINDS: dict[str, Promise] = {
    Mandate.Kind.GUARDIAN: gettext_lazy("Parent or guardian"),
    Mandate.Kind.REPRESENTATIVE: gettext_lazy("Representative"),
}

VERIFICATIONS: dict[str, Promise] = {
    Mandate.Verification.PERSONS_REGISTER: gettext_lazy("Seen in the persons register"),
    Mandate.Verification.COURT_ORDER: gettext_lazy("A court order"),
    Mandate.Verification.IDENTITY_DOCUMENTS: gettext_lazy("Identity documents at the counter"),
    Mandate.Verification.GIVEN_ONLINE: gettext_lazy("Given online"),
}


EVENTS: dict[str, Promise] = {
    Event.GRANT: gettext_lazy("Said yes"),
    Event.REFUSE: gettext_lazy("Said no"),
    Event.POSTPONE: gettext_lazy("Put off the answer"),
    Event.OFFER: gettext_lazy("Made another proposal"),
    Event.PAUSE: gettext_lazy("Paused"),
    Event.RESUME: gettext_lazy("Went on after a pause"),
    Event.NARROW: gettext_lazy("Shared less"),
    Event.RENEW: gettext_lazy("Shared longer"),
    Event.WITHDRAW: gettext_lazy("Stopped sharing"),
    Event.REPLACE: gettext_lazy("Chose something else"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateCard:
    """A mandate as both sides see it; `state` is waiting, standing or ended."""

    id: UUID
    kind: str
    is_guardian: bool
    citizen: str
    holder: str
    purposes: tuple[str, ...]
    acts: tuple[str, ...]
    verification: str
    reference: str
    organisation: str
    starts_at: datetime
    until: str
    code_ends_at: datetime | None
    ended_at: datetime | None
    state: str


def purpose_titles() -> dict[str, str]:
    """Return {slug: title in the active language} of every purpose that data may be asked for, by title."""
    language = get_language() or "nl"
    purposes = Purpose.objects.in_force().select_related("current_version")
    titles = {one.slug: one.current_version.text(language)["title"] for one in purposes if one.current_version}
    return dict(sorted(titles.items(), key=lambda item: item[1]))


def who_acted(references: Collection[str]) -> dict[str, str]:
    """Say who acted, {"guardian:<id>": sentence}, to the citizen for whom it was done; unknown ones are left out."""
    ids = {reference: reference.partition(":")[2] for reference in references}
    mandates = Mandate.objects.filter(pk__in=ids.values(), holder__isnull=False).select_related("holder__account")
    found = {str(mandate.pk): mandate for mandate in mandates}
    return {reference: _sentence(found[pk]) for reference, pk in ids.items() if pk in found}


def name_of(citizen: Citizen) -> str:
    """Return the name of a citizen; who was erased has none."""
    return citizen.account.display_name or _("Somebody who was erased")


def _sentence(mandate: Mandate) -> str:
    assert mandate.holder is not None
    name = {"name": name_of(mandate.holder)}
    if mandate.kind == Mandate.Kind.GUARDIAN:
        return _("Your parent or guardian %(name)s did this for you.") % name
    return _("Your representative %(name)s did this for you.") % name


def mandate_cards(mandates: Sequence[Mandate], *, now: datetime) -> list[MandateCard]:
    """Describe mandates that were loaded with both citizens' accounts and the organisation."""
    titles = purpose_titles() if any(mandate.purposes for mandate in mandates) else {}
    return [_card(mandate, titles, now) for mandate in mandates]


def _card(mandate: Mandate, titles: dict[str, str], now: datetime) -> MandateCard:
    return MandateCard(
        id=mandate.pk,
        kind=str(KINDS[mandate.kind]),
        is_guardian=mandate.kind == Mandate.Kind.GUARDIAN,
        citizen=name_of(mandate.citizen),
        holder=name_of(mandate.holder) if mandate.holder else "",
        purposes=tuple(titles.get(slug, slug) for slug in mandate.purposes) or (_("All purposes"),),
        acts=tuple(str(words) for act, words in ACTS.items() if act in mandate.acts),
        verification=str(VERIFICATIONS[mandate.verification]),
        reference=mandate.verification_reference,
        organisation=mandate.organisation.name if mandate.organisation else "",
        starts_at=mandate.starts_at,
        until=until_in_words(mandate.ends_at),
        code_ends_at=mandate.code_ends_at,
        ended_at=mandate.ended_at,
        state=_state(mandate, now),
    )


def _state(mandate: Mandate, now: datetime) -> str:
    if mandate.ended_at is not None or mandate.ends_at <= now:
        return "ended"
    if mandate.holder_id is not None:
        return "standing"
    return "waiting" if mandate.code_ends_at is not None and mandate.code_ends_at > now else "ended"
