"""Keeping data up to date on the pages: chosen in a yes, said before and after a change, turned off again."""

from typing import Any

import pytest
from django.test import Client

from consent.models import Consent
from consent.services.change import pause_consent
from tests.cast import INCOME, Cast
from tests.consent.answering import ENERGY, answer_form, english, in_days
from tests.pages import hidden_inputs, nothing_written, queries_of, signed_in, text_of
from tests.sharing.guardian import guardians_browser
from tests.sharing.test_keep_current import another_consent
from tests.sharing.test_pages_vault import form_of

RECORD = "/my/data/vault/income/"
HOUSEHOLD = "/my/data/vault/household/"
TICK = 'name="keep_up_to_date"'
SEE = "These organisations see what you change"
KEEP = "These organisations keep seeing what you shared before"
NAME = "Gemeente Voorbeeldstad: Energy allowance"


@pytest.fixture
def anna(cast: Cast) -> Client:
    return english(cast)


def change(browser: Client, amount: str = "31000") -> Any:
    return browser.post(RECORD, form_of(browser, **{"/amount": amount}), follow=True)


def switch_in(page: str) -> str:
    """Return the tag of the box to tick."""
    return page.partition(TICK)[2].partition(">")[0]


def test_it_is_chosen_in_a_yes_and_never_beforehand(anna: Client) -> None:
    page = anna.get(ENERGY).content.decode()
    assert TICK in page
    assert "checked" not in switch_in(page)
    # It makes what they may do larger, so it does not stand among what makes it smaller.
    assert page.index(TICK) < page.index('class="dw-more"')
    anna.post(ENERGY, answer_form(anna))
    assert "keepUpToDate" not in Consent.objects.get().conditions


def test_ticked_it_is_in_the_consent_and_on_its_card(anna: Client) -> None:
    answer = anna.post(ENERGY, answer_form(anna, keep_up_to_date="on"))
    assert Consent.objects.get().conditions["keepUpToDate"] is True
    said = "If you change your data here, they see the new data"
    assert f"Kept up to date {said}" in text_of(anna.get(answer["Location"]))
    assert f"More conditions {said}" in text_of(anna.get("/my/"))


def test_the_preview_says_what_a_later_change_does(anna: Client) -> None:
    form = answer_form(anna, answer="preview", fields_chosen=[INCOME])
    with nothing_written():
        without, ticked = anna.post(ENERGY, form), anna.post(ENERGY, {**form, "keep_up_to_date": "on"})
    assert "If you change your data here after your yes, they still see this." in text_of(without)
    assert "You ticked that your data is kept up to date" in text_of(ticked)
    assert "checked" in switch_in(ticked.content.decode())


def test_it_is_turned_off_on_the_page_to_share_less(cast: Cast, anna: Client) -> None:
    plain, kept = another_consent(cast), cast.grant(keepUpToDate=True)
    assert TICK not in anna.get(f"/my/consents/{plain.pk}/narrow/").content.decode()
    path = f"/my/consents/{kept.pk}/narrow/"
    page = anna.get(path)
    assert "checked" in switch_in(page.content.decode())
    form = {**hidden_inputs(page), "fields_chosen": [INCOME], "until": in_days(6), "uses": "9"}
    anna.post(path, {**form, "keep_up_to_date": "on"})
    kept.refresh_from_db()
    assert (kept.terms.uses_limit, kept.terms.keeps_up_to_date) == (9, True)
    anna.post(path, {**form, "version": str(kept.version)})
    kept.refresh_from_db()
    assert kept.terms.keeps_up_to_date is False


def test_before_and_after_a_change_it_says_who_sees_it(cast: Cast, anna: Client) -> None:
    cast.grant(keepUpToDate=True)
    another_consent(cast)
    with nothing_written():
        page = text_of(anna.get(RECORD))
    before, _see, after = page.partition(SEE)
    assert before
    follow, _keep, keep = after.partition(KEEP)
    assert f"{NAME} (Amount)" in follow
    assert "Gemeente Voorbeeldstad: t (Amount)" in keep
    assert "choose again there" in keep
    said = text_of(change(anna))
    assert f"They can see it as it is now: {NAME}." in said
    assert "They keep seeing what you shared before: Gemeente Voorbeeldstad: t." in said


def test_who_shares_it_with_nobody_reads_that(cast: Cast, anna: Client) -> None:
    another_consent(cast, keepUpToDate=True)
    page = text_of(anna.get(HOUSEHOLD))
    assert "You share this with nobody at the moment" in page
    assert SEE not in page
    assert KEEP not in page


def test_of_a_paused_consent_it_says_when(cast: Cast, anna: Client) -> None:
    pause_consent(citizen=cast.anna, consent_id=cast.grant(keepUpToDate=True).pk)
    assert "You paused this: they see it when you go on." in text_of(anna.get(RECORD))
    said = text_of(change(anna))
    assert "Your data was changed: Income." in said
    assert "They can see it as it is now" not in said


def test_another_s_consents_are_not_told(cast: Cast) -> None:
    cast.grant(keepUpToDate=True)
    bram = signed_in(cast.bram.account)
    bram.cookies["language"] = "en"
    assert NAME not in text_of(bram.get(RECORD))
    said = text_of(change(bram))
    assert "Your data was changed: Income." in said
    assert NAME not in said


def test_a_guardian_reads_it_too(cast: Cast) -> None:
    cast.grant(keepUpToDate=True)
    assert f"They can see it as it is now: {NAME}." in text_of(change(guardians_browser(cast)))


def test_a_mistake_changes_nothing(cast: Cast, anna: Client) -> None:
    cast.grant(keepUpToDate=True)
    with nothing_written():
        answer = change(anna, amount="-1")
    assert answer.status_code == 400
    assert SEE in text_of(answer)


def test_more_consents_take_no_more_queries(cast: Cast, anna: Client) -> None:
    cast.grant(keepUpToDate=True)
    one = queries_of(anna, RECORD)
    another_consent(cast)
    assert queries_of(anna, RECORD) == one
