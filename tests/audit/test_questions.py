"""The questions that the readable log answers, and to whom."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from audit.models import Record
from audit.people import ANONYMOUS, Viewer
from audit.services.append import append_entry
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, an_entry

NOBODY = Viewer(kind="subject", subject="")
STAFF = Viewer(kind="staff", organisations=frozenset({MUNICIPALITY}))


@pytest.fixture
def entries(db: None) -> dict[UUID, str]:
    said = {
        "anna": an_entry(subject=ANNA),
        "anna by the police": an_entry(subject=ANNA, organisation=POLICE, outcome="refused"),
        "bram": an_entry(subject=BRAM),
        "nobody": an_entry(subject="", organisation=""),
    }
    for entry in said.values():
        append_entry(entry)
    return {entry.id: name for name, entry in said.items()}


def seen(entries: dict[UUID, str], viewer: Viewer) -> set[str]:
    return {entries[record.entry_id] for record in Record.objects.visible_to(viewer)}


def test_citizens_see_their_own(entries: dict[UUID, str]) -> None:
    assert seen(entries, Viewer(kind="subject", subject=ANNA)) == {"anna", "anna by the police"}


def test_a_subject_without_a_pseudonym_sees_nothing(entries: dict[UUID, str]) -> None:
    assert seen(entries, NOBODY) == set()


def test_auditors_see_their_organisations(entries: dict[UUID, str]) -> None:
    viewer = Viewer(kind="auditor", organisations=frozenset({POLICE}))
    assert seen(entries, viewer) == {"anna by the police"}


def test_an_auditor_of_all_sees_all(entries: dict[UUID, str]) -> None:
    assert len(seen(entries, Viewer(kind="auditor", organisations=None))) == 4


def test_systems_see_their_organisation(entries: dict[UUID, str]) -> None:
    viewer = Viewer(kind="organisation", organisations=frozenset({MUNICIPALITY}))
    assert seen(entries, viewer) == {"anna", "bram"}


@pytest.mark.parametrize(
    "viewer",
    [
        ANONYMOUS,
        STAFF,
        Viewer(kind="auditor"),
        Viewer(kind="organisation", organisations=None),
        Viewer(kind="organisation", organisations=frozenset({""})),
    ],
    ids=str,
)
def test_others_see_nothing(entries: dict[UUID, str], viewer: Viewer) -> None:
    assert seen(entries, viewer) == set()


def test_a_consent_has_its_own_entries(db: None) -> None:
    consent = uuid4()
    append_entry(an_entry(consent=consent))
    append_entry(an_entry(consent=uuid4()))
    assert Record.objects.under_consent(consent).get().consent == consent


def test_the_newest_comes_first(db: None) -> None:
    for year in (2024, 2026, 2025):
        append_entry(an_entry(at=datetime(year, 1, 1, tzinfo=UTC)))
    assert [record.at.year for record in Record.objects.newest_first()] == [2026, 2025, 2024]
