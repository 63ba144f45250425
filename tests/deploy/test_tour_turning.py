"""The steps of the tour that turn the keys fail where a key lives on, or where it takes too much along."""

from typing import Any
from uuid import UUID

import pytest

from consent.keys.models import ConsentKey
from consent.services.change import withdraw_consent
from deploy.demonstration.tour import turning
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.step import StepFailed
from tests.cast import INCOME, SIZE, Cast
from tests.consent.keys.epochs import destroy, rotate


def journey_of(consent_id: UUID) -> Journey:
    nobody: Any = None
    return Journey(service=nobody, person=nobody, citizen=nobody, system=nobody, browser=nobody, consent_id=consent_id)


def test_the_backup_opens_until_the_old_main_key_is_gone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turning, "GRANTED", (SIZE, INCOME))
    consent = cast.grant()
    cast.grant(cast.bram)
    journey = journey_of(consent.pk)
    assert "they open 2 fields" in turning.keep_backup(journey)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    epoch = rotate()
    assert "still opens 2 fields" in turning.still_open_from_backup(journey)
    with pytest.raises(StepFailed, match="the backup opened"):
        turning.nothing_from_backup(journey)
    destroy(epoch)
    with pytest.raises(StepFailed):
        turning.still_open_from_backup(journey)
    assert "2 consents" not in turning.open_survivors(journey)
    assert "open nothing" in turning.nothing_from_backup(journey)
    assert journey.key_backup is not None
    assert not journey.key_backup.parent.exists()


def test_a_survivor_that_does_not_open_is_a_failed_step(cast: Cast) -> None:
    consent = cast.grant()
    ConsentKey.objects.filter(consent_id=consent.pk).update(wrapped=bytes(60))
    with pytest.raises(Exception, match="does-not-open"):
        turning.open_survivors(journey_of(consent.pk))
