"""The history of a consent: each change, with the text and the terms that then held."""

from datetime import datetime
from typing import Any
from uuid import UUID

from audit.actions import Action
from audit.services.append import append_entry
from consent.lifecycle import Event, State, next_state
from consent.models import Consent, ConsentChange, Mandate, Offer
from consent.services.consent_entry import consent_entry


def write_change(
    consent: Consent,
    event: Event,
    action: Action,
    *,
    at: datetime,
    columns: tuple[str, ...] = (),
    mandate: Mandate | None = None,
    offer: Offer | None = None,
    **entry: Any,
) -> UUID:
    """Bring `consent` to its next state, save it with its other changed `columns`, log that and keep it in the
    history, in the caller's transaction; return the id of the entry.

    `entry` goes to the audit entry. Raises TransitionRefused.
    """
    consent.state = next_state(State(consent.state), event)
    consent.version += 1
    if consent._state.adding:
        consent.save(force_insert=True)
    else:
        consent.save(update_fields=["state", "version", *columns])
    logged = append_entry(consent_entry(action, consent, at=at, mandate=mandate, **entry))
    record_change(consent, event, at=at, entry=logged.id, mandate=mandate, offer=offer)
    return logged.id


def record_change(
    consent: Consent,
    event: Event,
    *,
    at: datetime,
    entry: UUID,
    mandate: Mandate | None = None,
    offer: Offer | None = None,
) -> ConsentChange:
    """Keep what `consent` says after `event`, in the caller's transaction; `entry` is the audit entry's id.

    Of a counter-offer the terms and the text stand in `offer`: the question itself has none yet.
    """
    said = consent if offer is None else offer
    change = ConsentChange(
        consent=consent,
        version=consent.version,
        event=event,
        state=consent.state,
        at=at,
        purpose_version_id=said.purpose_version_id,
        conditions=said.conditions,
        language=said.language,
        notice_hash=said.notice_hash,
        uses_taken=consent.uses_taken,
        mandate=mandate,
        entry=entry,
    )
    change.save(force_insert=True)
    return change
