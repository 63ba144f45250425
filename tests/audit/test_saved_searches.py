"""Searches are kept under a name: one's own, shared within an organisation, and giving access to nothing."""

import json
import re
from dataclasses import replace
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.errors import Conflict, Forbidden, Invalid, NotFound
from audit.models import Record, SavedSearch
from audit.people import ANONYMOUS, Viewer
from audit.search.filters import EntryFilters
from audit.services import saved_search
from audit.services.saved_search import change_search, delete_search, save_search
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, POLICE, append
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA, AS_POLICE_SYSTEM

SEARCHES = "/oversight/searches/"
JORIS = replace(AS_HANNA, person=str(uuid4()))
AT_THE_POLICE = replace(AS_HANNA, person=str(uuid4()), organisation=POLICE, organisations=frozenset({POLICE}))
REFUSED = EntryFilters(outcome="refused", period="7")


@pytest.fixture
def as_hanna(db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)


def saved(name: str = "Refusals", *, viewer: Viewer = AS_HANNA, shared: bool = False) -> SavedSearch:
    return save_search(viewer=viewer, name=name, filters=REFUSED, shared=shared)


def names(viewer: Viewer) -> list[str]:
    return list(SavedSearch.objects.visible_to(viewer).order_by("name").values_list("name", flat=True))


def test_a_search_is_saved_from_the_page_and_run_again(client: Client, as_hanna: None) -> None:
    append(case="case-1", outcome="refused")
    append(case="case-2")
    page = client.get("/oversight/?outcome=refused&period=7").content.decode()
    hidden = re.search(r'name="filters" value="([^"]+)"', page)
    assert hidden
    answer = client.post(SEARCHES, {"filters": unescape(hidden[1]), "name": " Refusals  of the week ", "shared": "on"})
    assert answer.status_code == 302
    search = SavedSearch.objects.get()
    assert (search.name, search.shared, search.owner) == ("Refusals of the week", True, AS_HANNA.account)
    assert search.entry_filters == REFUSED
    link = re.search(r'href="(/oversight/\?[^"]+)">Refusals of the week<', client.get(SEARCHES).content.decode())
    assert link
    looks = Record.objects.filter(action="audit.log-read").count()
    found = client.get(unescape(link[1])).content.decode()
    assert "case-1" in found
    assert "case-2" not in found
    assert Record.objects.filter(action="audit.log-read").count() == looks + 1


def test_the_list_of_searches_is_no_look_and_saving_is_an_entry_of_its_own(client: Client, as_hanna: None) -> None:
    save_search(viewer=AS_HANNA, name="About Anna", filters=EntryFilters(subject=ANNA), shared=False)
    client.get(SEARCHES)
    assert not Record.objects.filter(action="audit.log-read").exists()
    entry = Record.objects.get(action="audit.search-saved").entry
    assert entry.details == {"search": str(SavedSearch.objects.get().pk), "shared": False, "filters": ["subject"]}


def test_colleagues_find_what_is_shared_and_others_nothing(client: Client, as_hanna: None) -> None:
    saved("Mine")
    saved("Ours", shared=True)
    assert names(AS_HANNA) == ["Mine", "Ours"]
    assert names(JORIS) == ["Ours"]
    for stranger in (AT_THE_POLICE, AS_DAAN, AS_ANNA, AS_POLICE_SYSTEM, ANONYMOUS):
        assert names(stranger) == []


def test_only_who_saved_it_changes_or_deletes_it(client: Client, as_hanna: None, look_as: LookAs) -> None:
    search = saved("Ours", shared=True)
    for stranger in (JORIS, AT_THE_POLICE, AS_DAAN):
        with pytest.raises(NotFound):
            change_search(viewer=stranger, search_id=search.pk, name="Theirs", shared=True)
        with pytest.raises(NotFound):
            delete_search(viewer=stranger, search_id=search.pk)
    look_as(JORIS)
    page = client.get(SEARCHES).content.decode()
    assert "Gedeeld door Hanna" in page
    assert f"{SEARCHES}{search.pk}/" not in page
    for sent in ({"delete": "yes"}, {f"{search.pk}-name": "Theirs"}, {}):
        assert client.post(f"{SEARCHES}{search.pk}/", sent).status_code == 404
    assert names(AS_HANNA) == ["Ours"]


def test_it_is_renamed_shared_and_deleted(client: Client, as_hanna: None) -> None:
    search = saved("Old")
    address = f"{SEARCHES}{search.pk}/"
    assert client.post(address, {f"{search.pk}-name": "New", f"{search.pk}-shared": "on"}).status_code == 302
    assert names(JORIS) == ["New"]
    assert client.post(address, {f"{search.pk}-name": " "}).status_code == 400
    assert names(JORIS) == ["New"]
    assert client.post(address, {"delete": "yes"}).status_code == 302
    assert names(AS_HANNA) == []
    actions = Record.objects.filter(action__startswith="audit.search").order_by("entry_id")
    assert list(actions.values_list("action", flat=True)) == [
        "audit.search-saved",
        "audit.search-changed",
        "audit.search-deleted",
    ]


def test_a_name_is_given_once(client: Client, as_hanna: None) -> None:
    saved("One")
    other = saved("Two")
    with pytest.raises(Conflict):
        saved("One")
    with pytest.raises(Conflict):
        change_search(viewer=AS_HANNA, search_id=other.pk, name="One", shared=False)
    saved("One", viewer=JORIS)
    sent = {"filters": json.dumps(REFUSED.as_json()), "name": "One"}
    answer = client.post(SEARCHES, sent)
    assert answer.status_code == 400
    assert "U hebt al een zoekopdracht met deze naam" in answer.content.decode()
    assert client.post(f"{SEARCHES}{other.pk}/", {f"{other.pk}-name": "One"}).status_code == 400
    assert names(AS_HANNA) == ["One", "Two"]
    assert Record.objects.filter(action="audit.search-saved").count() == 3


@pytest.mark.parametrize("name", ["", "  ", 81 * "x", "a\x00b"])
def test_a_name_that_is_none_is_refused(as_hanna: None, name: str) -> None:
    with pytest.raises(Invalid):
        saved(name)
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize("filters", ["{", "[]", '{"colour": "red"}', '{"period": "8"}'])
def test_filters_that_are_none_are_not_saved(client: Client, as_hanna: None, filters: str) -> None:
    answer = client.post(SEARCHES, {"filters": filters, "name": "Broken"})
    assert answer.status_code == 400
    assert "Zoek opnieuw, en bewaar daarna de zoekopdracht." in answer.content.decode()
    assert not SavedSearch.objects.exists()


def test_there_is_an_end_to_them(as_hanna: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_search, "MOST_SEARCHES", 1)
    saved("One")
    with pytest.raises(Conflict):
        saved("Two")
    assert names(AS_HANNA) == ["One"]


@pytest.mark.parametrize("viewer", [AS_ANNA, AS_DAAN, AS_POLICE_SYSTEM])
def test_only_auditors_save(client: Client, db: None, look_as: LookAs, viewer: Viewer) -> None:
    look_as(viewer)
    with pytest.raises(Forbidden):
        saved(viewer=viewer)
    assert client.get(SEARCHES).status_code == 403
    assert client.post(SEARCHES, {"name": "x", "filters": "{}"}).status_code == 403
    assert client.post(f"{SEARCHES}{uuid4()}/", {"delete": "yes"}).status_code == 403
    look_as(ANONYMOUS)
    assert client.get(SEARCHES)["Location"] == f"/sign-in/?next={SEARCHES}"


def test_a_search_is_not_changed_by_looking(client: Client, as_hanna: None) -> None:
    search = saved()
    assert client.get(f"{SEARCHES}{search.pk}/?delete=yes").status_code == 405
    assert client.put(SEARCHES).status_code == 405
    assert names(AS_HANNA) == ["Refusals"]


def test_more_searches_take_no_more_queries(client: Client, as_hanna: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(SEARCHES)
        return len(captured)

    saved("One", viewer=JORIS, shared=True)
    few = queries()
    for number in range(5):
        saved(f"Number {number}")
        saved(f"Number {number}", viewer=replace(AS_HANNA, person=str(uuid4())), shared=True)
    assert queries() == few
