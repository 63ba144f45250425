"""One consent as its citizen sees it: in a list, and on its own page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from consent.lifecycle import State
from consent.models import Consent, Organisation
from consent.models.consent import ConsentQuerySet
from consent.pages.words import STATES, in_words
from consent.until import until_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCard:
    """`ended` also stands for a consent whose end has come and that the beat has not swept yet."""

    id: UUID
    slug: str
    state: str
    state_title: str
    ended: bool
    title: str
    summary: str
    organisation: str
    version_number: int
    fields: tuple[str, ...]
    recipients: tuple[str, ...]
    requested_at: datetime | None
    given_at: datetime | None
    ended_at: datetime | None
    until: datetime | None
    uses_taken: int
    uses_limit: int | None
    language: str
    notice_hash: str

    @property
    def until_in_words(self) -> str:
        return "" if self.until is None else until_in_words(self.until)

    @property
    def uses_left(self) -> int | None:
        return None if self.uses_limit is None else max(0, self.uses_limit - self.uses_taken)


def consent_cards(consents: ConsentQuerySet, *, now: datetime, most: int | None = None) -> list[ConsentCard]:
    """Describe the newest `most` consents in the active language, with as many queries for one as for all."""
    language = get_language() or "nl"
    found = list(
        consents.order_by("-id").with_purpose().prefetch_related("purpose_version__fields__dataset_version")[:most]
    )
    oins = {recipient["oin"] for consent in found for recipient in consent.conditions.get("recipients", ())}
    names = dict(Organisation.objects.filter(oin__in=oins).values_list("oin", "name")) if oins else {}
    return [_card(consent, names, language, now) for consent in found]


def _card(consent: Consent, names: dict[str, str], language: str, now: datetime) -> ConsentCard:
    version = consent.purpose_version
    text = version.text(language)
    overdue = consent.state == State.GIVEN and consent.ends_at is not None and consent.ends_at <= now
    state = State.EXPIRED if overdue else consent.state
    terms = consent.terms if consent.conditions else None
    granted = terms.fields if terms else frozenset()
    return ConsentCard(
        id=consent.pk,
        slug=consent.purpose.slug,
        state=state,
        state_title=in_words(STATES, state),
        ended=state not in (State.REQUESTED, State.GIVEN),
        title=text["title"],
        summary=text["summary"],
        organisation=consent.purpose.organisation.name,
        version_number=version.number,
        fields=tuple(field.title(language) for field in version.fields.all() if not terms or field.name in granted),
        recipients=tuple(
            names.get(recipient["oin"], recipient["oin"]) for recipient in consent.conditions.get("recipients", ())
        ),
        requested_at=consent.requested_at,
        given_at=consent.given_at,
        ended_at=consent.ended_at or (consent.ends_at if overdue else None),
        until=consent.ends_at,
        uses_taken=consent.uses_taken,
        uses_limit=terms.uses_limit if terms else None,
        language=consent.language,
        notice_hash=consent.notice_hash,
    )
