"""Each change keeps the text and the terms that then held."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from audit import actions
from audit.models import Record
from consent.lifecycle import Event
from consent.models import Consent, ConsentChange
from consent.services.answer import refuse_consent
from consent.services.change import (
    narrow_consent,
    pause_consent,
    postpone_consent,
    renew_consent,
    resume_consent,
    withdraw_consent,
)
from consent.services.history import record_change
from tests.cast import SIZE, Cast


def test_a_whole_life_is_kept_version_by_version(cast: Cast) -> None:
    cast.ask()
    question = Consent.objects.get()
    whose: dict[str, Any] = {"citizen": cast.anna, "consent_id": question.pk}
    postpone_consent(**whose)
    consent = cast.grant(uses=2)
    given = consent.conditions
    pause_consent(**whose)
    resumed = resume_consent(**whose)
    narrowed = narrow_consent(**whose, terms={**given, "fields": [SIZE]}, version=resumed.version)
    renew_consent(
        **whose,
        valid_until=timezone.now().astimezone(UTC) + timedelta(days=30),
        more_uses=4,
        language="en",
        notice_hash=cast.energy.notice_hashes["en"],
        version=narrowed.version,
    )
    withdraw_consent(**whose)
    changes = list(ConsentChange.objects.filter(consent=question).oldest_first())
    assert [(change.version, change.event, change.state) for change in changes] == [
        (2, Event.POSTPONE, "requested"),
        (3, Event.GRANT, "given"),
        (4, Event.PAUSE, "paused"),
        (5, Event.RESUME, "given"),
        (6, Event.NARROW, "given"),
        (7, Event.RENEW, "given"),
        (8, Event.WITHDRAW, "withdrawn"),
    ]
    assert changes[0].conditions == {}
    assert changes[1].conditions == given
    assert changes[4].terms.fields == {SIZE}
    assert (changes[4].language, changes[5].language) == ("nl", "en")
    assert changes[5].notice_hash == cast.energy.notice_hashes["en"]
    assert changes[6].conditions == changes[5].conditions
    entries = Record.objects.filter(consent=question.pk).exclude(action="consent.requested")
    assert {change.entry for change in changes} == set(entries.values_list("entry_id", flat=True))


def test_a_no_is_kept(cast: Cast) -> None:
    cast.ask()
    refused = refuse_consent(citizen=cast.anna, consent_id=Consent.objects.get().pk)
    change = ConsentChange.objects.get()
    assert (change.consent_id, change.event, change.state) == (refused.pk, Event.REFUSE, "refused")


def test_a_version_is_one_change(cast: Cast) -> None:
    consent = cast.grant()
    entry = ConsentChange.objects.get().entry
    with pytest.raises(DatabaseError), transaction.atomic():
        record_change(consent, Event.GRANT, at=timezone.now(), entry=entry)


def test_every_event_that_changes_a_consent_has_words_for_both_readers() -> None:
    for name in ("paused", "resumed", "narrowed", "renewed", "replaced", "postponed", "offered", "approval-asked"):
        action = actions.get(f"consent.{name}")
        assert action.title
        assert action.title_neutral
