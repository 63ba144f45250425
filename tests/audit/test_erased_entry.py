"""Of an entry whose record was erased it is said that, when and why, in place of nothing."""

from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from audit.models import Leaf, LoggedEntry, Record
from audit.services.watch_erasing import watch_erasing
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, sequence
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA
from tests.audit.retention import YEAR, append_ago, erase
from tests.conftest import TestDatabase


@pytest.fixture
def erased(committed_db: TestDatabase) -> UUID:
    entry_id = append_ago(2 * YEAR)
    sequence()
    erase()
    return entry_id


def test_its_page_says_when_and_why(client: Client, look_as: LookAs, erased: UUID) -> None:
    look_as(AS_HANNA)
    answer = client.get(f"/oversight/entries/{erased}/")
    assert answer.status_code == 410
    said = answer.content.decode()
    assert "De bewaartijd van deze soort was om: Inloggen" in said
    assert f"<dd>{Leaf.objects.get(entry_id=erased).index}</dd>" in said
    assert bytes(LoggedEntry.objects.get(pk=erased).commitment).hex() in said
    by = Record.objects.get(action="audit.erased").entry_id
    assert f"/oversight/entries/{by}/" in said
    assert "Van 1 regel is de tekst gewist." in client.get(f"/oversight/entries/{by}/").content.decode()


def test_the_page_of_the_rules_says_when(client: Client, look_as: LookAs, erased: UUID) -> None:
    look_as(AS_HANNA)
    by = Record.objects.get(action="audit.erased").entry_id
    assert f"/oversight/entries/{by}/" in client.get("/oversight/retention/").content.decode()


@pytest.mark.parametrize("path", ["", "/proof"])
def test_the_api_says_so_too(client: Client, look_as: LookAs, erased: UUID, path: str) -> None:
    look_as(AS_ANNA)
    answer = client.get(f"/api/v1/entries/{erased}{path}", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (410, "entry-erased")
    assert ANNA not in answer.content.decode()


def test_who_may_read_no_entry_hears_nothing_of_it(client: Client, look_as: LookAs, erased: UUID) -> None:
    look_as(AS_DAAN)
    assert client.get(f"/api/v1/entries/{erased}").status_code == 401
    assert client.get(f"/oversight/entries/{erased}/").status_code == 403


def test_one_that_never_was_is_not_found(client: Client, look_as: LookAs, erased: UUID) -> None:
    look_as(AS_HANNA)
    assert client.get(f"/oversight/entries/{uuid7()}/").status_code == 404


def test_the_rules_are_shown_where_nothing_can_be_erased(client: Client, look_as: LookAs, sqlite_db: Path) -> None:
    append_ago(2 * YEAR)
    look_as(AS_HANNA)
    page = client.get("/oversight/retention/")
    assert page.status_code == 200
    assert '<td class="utrecht-table__cell" data-label="Nog te wissen">1</td>' in page.content.decode()
    assert watch_erasing() == [], "nobody is late"
