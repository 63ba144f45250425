"""One consent as its citizen sees it: in a list, and on its own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import get_language

from consent.kept_back import uses_kept_back
from consent.lifecycle import STANDING_STATES, State
from consent.models import Consent, Offer
from consent.models.consent import ConsentQuerySet
from consent.pages.term_names import term_names
from consent.pages.terms_in_words import SaidTerm, TermNames, terms_in_words
from consent.pages.words import STATES, in_words
from consent.until import until_in_words

# What a card says by itself, apart from the other conditions.
_ON_THE_CARD = ("fields", "recipients", "validUntil", "uses")


@dataclass(frozen=True, slots=True)
class PeriodBudget:
    """How often data was read in this day, week, month or year, of how many times."""

    period: str
    limit: int
    taken: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCard:
    """`ended` also stands for a consent whose end has come and that the beat has not swept yet.

    `terms` are all its conditions, `more` those besides data, readers, end and number of times. `offer` are the terms
    that the citizen offered and that wait for an answer. `newer_text` says that a newer text of the purpose stands.
    """

    id: UUID
    version: int
    slug: str
    state: str
    state_title: str
    ended: bool
    title: str
    summary: str
    organisation: str
    version_number: int
    newer_text: bool
    retired: bool
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    terms: tuple[SaidTerm, ...]
    offer: tuple[SaidTerm, ...]
    requested_at: datetime | None
    postponed_until: datetime | None
    given_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    until: datetime | None
    uses_taken: int
    uses_limit: int | None
    period: PeriodBudget | None
    language: str
    notice_hash: str

    @property
    def until_in_words(self) -> str:
        return "" if self.until is None else until_in_words(self.until)

    @property
    def uses_left(self) -> int | None:
        return None if self.uses_limit is None else max(0, self.uses_limit - self.uses_taken)

    @property
    def used_up(self) -> bool:
        """Whether nobody can read any more now, because the times are taken."""
        return self.uses_left == 0 or (self.period is not None and self.period.left == 0)

    @property
    def more(self) -> tuple[SaidTerm, ...]:
        return tuple(term for term in self.terms if term.name not in _ON_THE_CARD)

    @property
    def facts(self) -> tuple[SaidTerm, ...]:
        """Return the terms that say something else than the numbers that count down."""
        return tuple(term for term in self.terms if term.name not in ("uses", "usesPerPeriod"))

    @property
    def stands(self) -> bool:
        return self.state in STANDING_STATES


def consent_cards(consents: ConsentQuerySet, *, now: datetime, most: int | None = None) -> list[ConsentCard]:
    """Describe the newest `most` consents in the active language, with as many queries for one as for all."""
    language = get_language() or "nl"
    found = list(
        consents.order_by("-id").with_purpose().prefetch_related("purpose_version__fields__dataset_version")[:most]
    )
    asked = [consent.pk for consent in found if consent.state == State.REQUESTED]
    offers = {
        offer.consent_id: offer.conditions
        for offer in (Offer.objects.waiting().filter(consent__in=asked) if asked else ())
    }
    names = term_names(
        [consent.purpose_version for consent in found],
        [*(consent.conditions for consent in found), *offers.values()],
        language,
    )
    kept_back = uses_kept_back([consent.pk for consent in found], now=now)
    return [
        _card(consent, offers.get(consent.pk), names, kept_back.get(consent.pk, ()), language, now) for consent in found
    ]


def _card(
    consent: Consent,
    offered: dict[str, object] | None,
    names: TermNames,
    kept_back: Sequence[datetime],
    language: str,
    now: datetime,
) -> ConsentCard:
    version = consent.purpose_version
    text = version.text(language)
    overdue = consent.state in STANDING_STATES and consent.ends_at is not None and consent.ends_at <= now
    state = State.EXPIRED if overdue else consent.state
    terms = consent.terms if consent.conditions else None
    granted = terms.fields if terms else frozenset()
    said = terms_in_words(consent.conditions, names)
    return ConsentCard(
        id=consent.pk,
        version=consent.version,
        slug=consent.purpose.slug,
        state=state,
        state_title=in_words(STATES, state),
        ended=state not in (State.REQUESTED, *STANDING_STATES),
        title=text["title"],
        summary=text["summary"],
        organisation=consent.purpose.organisation.name,
        version_number=version.number,
        newer_text=consent.purpose.current_version_id != version.pk and consent.purpose.retired_at is None,
        retired=consent.purpose.retired_at is not None,
        fields=tuple(field.title(language) for field in version.fields.all() if not terms or field.name in granted),
        recipients=next((term.lines for term in said if term.name == "recipients"), ()),
        terms=said,
        offer=terms_in_words(offered, names) if offered else (),
        requested_at=consent.requested_at,
        postponed_until=_last_day_to_think(consent, now),
        given_at=consent.given_at,
        paused_at=consent.paused_at if state == State.PAUSED else None,
        ended_at=consent.ended_at or (consent.ends_at if overdue else None),
        until=consent.ends_at,
        uses_taken=consent.uses_taken - len(kept_back),
        uses_limit=terms.uses_limit if terms else None,
        period=_period(consent, kept_back, now),
        language=consent.language,
        notice_hash=consent.notice_hash,
    )


def _last_day_to_think(consent: Consent, now: datetime) -> datetime | None:
    """Return a moment of the last day until which the question was put off; None when that is over."""
    until = consent.postponed_until
    return None if until is None or until <= now else until - timedelta(seconds=1)


def _period(consent: Consent, kept_back: Sequence[datetime], now: datetime) -> PeriodBudget | None:
    term = consent.terms.uses_per_period if consent.conditions else None
    if term is None:
        return None
    started = consent.period_started_at
    if started is None or started < term.period_start(now):
        return PeriodBudget(term.period, term.limit, 0)
    shown = consent.period_uses - sum(at >= started for at in kept_back)
    return PeriodBudget(term.period, term.limit, shown)
