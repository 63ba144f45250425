"""Correcting one's own data: as a form, by its owner, never over a change that somebody else made since."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.models import Record
from consent.models import Citizen
from sharing.models import VaultRecord
from sharing.services.open_vault import open_vault
from sharing.services.vault import store_record
from tests.cast import ANNA_INCOME, Cast
from tests.consent.answering import english
from tests.consent.test_pages_mandate import bram_for_anna
from tests.pages import actions, nothing_written, signed_in, text_of
from tests.sharing.guardian import guardians_browser

INCOME = "/my/data/vault/income/"


@pytest.fixture
def anna(cast: Cast) -> Client:
    return english(cast)


def form_of(browser: Client, **changes: Any) -> dict[str, Any]:
    """Return the form of the income, filled in as it is, with `changes`."""
    return {"version": version_in(browser.get(INCOME)), "/amount": str(ANNA_INCOME), "/year": "2025", **changes}


def version_in(page: Any) -> str:
    """Return of which version of the record the form on the page is."""
    found = re.search(r'<input type="hidden" name="version" value="(\d+)"', page.content.decode())
    assert found
    return found[1]


def income_of(cast: Cast, citizen: Citizen | None = None) -> dict[str, Any] | None:
    return open_vault(citizen or cast.anna, {cast.income.pk}).get(cast.income.pk)


def test_it_shows_what_it_says_and_stores_what_was_changed(cast: Cast, anna: Client) -> None:
    with nothing_written():
        page = anna.get(INCOME).content.decode()
    assert f'value="{ANNA_INCOME}"' in page
    answer = anna.post(INCOME, form_of(anna, **{"/amount": "20000"}), follow=True)
    assert "Your data was changed: Income." in text_of(answer)
    assert income_of(cast) == {"amount": 20_000, "year": 2025}
    assert actions()[-1] == ("sharing.vault-changed", "allowed")


def test_what_was_never_filled_in_can_be(cast: Cast) -> None:
    bram = signed_in(cast.bram.account)
    assert version_in(bram.get(INCOME)) == "0"
    assert bram.post(INCOME, form_of(bram)).status_code == 302
    assert income_of(cast, cast.bram) == {"amount": ANNA_INCOME, "year": 2025}
    assert VaultRecord.objects.get(citizen=cast.anna, dataset_version=cast.income).version == 1


def test_pressed_twice_is_stored_once(anna: Client) -> None:
    form = form_of(anna, **{"/amount": "20000"})
    anna.post(INCOME, form)
    with nothing_written():
        assert anna.post(INCOME, form).status_code == 302


def test_a_form_from_before_another_change_is_refused(cast: Cast, anna: Client) -> None:
    form = form_of(anna, **{"/amount": "1"})
    store_record(citizen=cast.anna, dataset_version=cast.income, content={"amount": 30_000, "year": 2026})
    with nothing_written():
        answer = anna.post(INCOME, form)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "This data was changed in the meantime" in page
    assert "Show what it says at the moment" in page
    # Also when sent once more from the page with the message.
    with nothing_written():
        assert anna.post(INCOME, {**form, "version": version_in(answer)}).status_code == 409
    assert income_of(cast) == {"amount": 30_000, "year": 2026}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"/amount": "-1"}, "Amount: Fill in 0 or more."),
        ({"/amount": "much"}, "Amount: Fill in a whole number."),
        ({"/year": "20.5"}, "Year: Fill in a whole number."),
        ({"/year": "9" * 5000}, "Year: Fill in a whole number."),
    ],
)
def test_what_does_not_fit_is_said_where_it_stands(
    cast: Cast, anna: Client, changes: dict[str, str], said: str
) -> None:
    with nothing_written():
        answer = anna.post(INCOME, form_of(anna, **changes))
    assert answer.status_code == 400
    assert "<title>Mistake:" in answer.content.decode()
    page = text_of(answer)
    assert "Nothing was changed yet" in page
    assert said in page
    assert income_of(cast) == {"amount": ANNA_INCOME, "year": 2025}


@pytest.mark.parametrize("version", ["", "x", "-1", "99"])
def test_a_form_without_its_version_stores_nothing(anna: Client, version: str) -> None:
    with nothing_written():
        assert anna.post(INCOME, form_of(anna, **{"/amount": "1", "version": version})).status_code in (400, 409)


def test_unknown_data_and_other_methods(cast: Cast, anna: Client) -> None:
    assert anna.get("/my/data/vault/no-such-data/").status_code == 404
    assert anna.post("/my/data/vault/no-such-data/", {}).status_code == 404
    form = form_of(anna)
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(cast.anna.account)
    with nothing_written():
        assert anna.put(INCOME).status_code == 405
        assert anna.get(INCOME, {**form, "/amount": "1"}).status_code == 200
        assert Client().post(INCOME, form)["Location"].startswith("/sign-in/")
    assert checked.post(INCOME, form).status_code == 403
    assert signed_in(cast.daan.account).post(INCOME, form).status_code == 403
    assert income_of(cast) == {"amount": ANNA_INCOME, "year": 2025}


def test_a_guardian_changes_the_record_of_the_child(cast: Cast) -> None:
    bram = guardians_browser(cast)
    assert bram.post(INCOME, form_of(bram, **{"/amount": "1"})).status_code == 302
    assert income_of(cast) == {"amount": 1, "year": 2025}
    assert income_of(cast, cast.bram) is None
    assert Record.objects.latest("entry_id").entry.acting_for.startswith("guardian:")


def test_to_a_representative_it_is_not_there(cast: Cast) -> None:
    form = form_of(english(cast), **{"/amount": "1"})
    bram = bram_for_anna(cast)
    answer = bram.get(INCOME)
    assert answer.status_code == 403
    assert str(ANNA_INCOME) not in answer.content.decode()
    assert bram.post(INCOME, form).status_code == 403
    assert income_of(cast) == {"amount": ANNA_INCOME, "year": 2025}
