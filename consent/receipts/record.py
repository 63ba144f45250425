"""The one record that every form of a receipt is written from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from consent.keys.pseudonym import purpose_pseudonym
from consent.lifecycle import STANDING_STATES, Event, State
from consent.models import ConsentChange
from consent.notice import notice

DEFAULT_LANGUAGE = "nl"

# What happens by the clock, and what staff establish: the citizen did not act.
_NOT_BY_CITIZEN = {Event.EXPIRE: "service", Event.INVALIDATE: "staff"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecord:
    """One change of a consent with the text and the terms that then held, and never what was shared.

    `notices` is {language: the frozen notice}; `language` is the one in which the citizen answered. `pseudonym` is the
    citizen's name for this purpose alone. `acting` is "citizen", the kind of the mandate, "staff", or "service" for
    what happens by itself; `mandate_id` names the mandate, never the person who holds it. `terms` is the stored form.
    """

    id: UUID
    consent_id: UUID
    version: int
    event: Event
    state: State
    at: datetime
    requested_at: datetime | None
    pseudonym: str
    acting: str
    mandate_id: UUID | None
    purpose: str
    purpose_version: int
    purpose_version_id: UUID
    processing_activity: str
    language: str
    notices: Mapping[str, Mapping[str, Any]]
    notice_hash: str
    terms: Mapping[str, Any]
    entry: UUID
    issuer: str

    @property
    def notice(self) -> Mapping[str, Any]:
        """Return the text in the language in which it was answered."""
        return self.notices[self.language]

    @property
    def fields(self) -> list[Mapping[str, Any]]:
        """Return what the notice says of each field that the terms name; of all that were asked without terms."""
        named = self.terms.get("fields")
        return [one for one in self.notice["fields"] if named is None or one["name"] in named]

    @property
    def recipients(self) -> list[Mapping[str, Any]]:
        """Return {oin, name} of the organisations in the terms; of all in the text without terms."""
        chosen = {one["oin"] for one in self.terms.get("recipients", ())}
        return [one for one in self.notice["recipients"] if not chosen or one["oin"] in chosen]

    @property
    def is_consent(self) -> bool:
        """Whether after this change there is a consent: given, or given and paused."""
        return self.state in STANDING_STATES

    @property
    def page(self) -> str:
        """Return the address where the citizen sees this consent and can stop it."""
        return f"{self.issuer}/my/consents/{self.consent_id}/"

    @property
    def public_text(self) -> str:
        """Return the address of the text in the public register."""
        return f"{self.issuer}/register/{self.purpose}/?version={self.purpose_version}"


def receipt_record(change: ConsentChange) -> ReceiptRecord:
    """Return the record of `change`, which was loaded by `consent.receipts.find`: the text as it was published."""
    consent, version = change.consent, change.purpose_version
    language = change.language if change.language in version.notices else DEFAULT_LANGUAGE
    return ReceiptRecord(
        id=change.pk,
        consent_id=consent.pk,
        version=change.version,
        event=Event(change.event),
        state=State(change.state),
        at=change.at,
        requested_at=consent.requested_at,
        pseudonym=consent.pseudonym or purpose_pseudonym(consent.purpose_id, consent.citizen_id),
        acting=_acting(change),
        mandate_id=change.mandate_id,
        purpose=consent.purpose.slug,
        purpose_version=version.number,
        purpose_version_id=version.pk,
        processing_activity=version.processing_activity,
        language=language,
        notices={one: notice(version, one) for one in version.notices},
        notice_hash=version.notice_hashes[language],
        terms=change.conditions,
        entry=change.entry,
        issuer=settings.SERVICE_ADDRESS,
    )


def _acting(change: ConsentChange) -> str:
    if change.mandate is not None:
        return str(change.mandate.kind)
    return _NOT_BY_CITIZEN.get(Event(change.event), "citizen")
