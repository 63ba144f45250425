"""The steps of the tour that put a backup of the log back fail where the log would go on from it."""

from typing import Any

import pytest

from deploy.demonstration.tour import restoring
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.step import StepFailed
from tests.audit.log import grow
from tests.conftest import TestDatabase


@pytest.fixture
def journey(committed_db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Journey:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "deploy.settings")
    nobody: Any = None
    return Journey(service=nobody, person=nobody, citizen=nobody, system=nobody, browser=nobody)


@pytest.mark.slow
def test_a_backup_is_refused_and_ended_in_public(journey: Journey) -> None:
    grow(3)
    assert "3 leaves" in restoring.keep_backup(journey)
    grow(2)
    assert "holds 3 leaves" in restoring.restored_backup_is_refused(journey)
    said = restoring.backup_is_ended_in_public(journey)
    assert "2 signed leaves are lost; all 4 others verify" in said
    assert journey.log_backup is not None
    assert not journey.log_backup.parent.exists()


@pytest.mark.slow
def test_a_log_that_goes_on_from_a_backup_is_a_failed_step(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(3)
    restoring.keep_backup(journey)
    assert journey.log_backup is not None
    # As if the memory had been put back with the database.
    restoring._apart(journey.log_backup)
    grow(2)
    with pytest.raises(StepFailed, match="sequencer on the restored backup"):
        restoring.restored_backup_is_refused(journey)
