"""Seeing first what they would see: exactly the values, and nothing is stored."""

from consent.models import Consent
from tests.cast import ANNA_INCOME, INCOME, YEAR, Cast
from tests.consent.answering import ADULT, BIRTH, ENERGY, age_check, answer_form, english
from tests.consent.test_pages_register import publish
from tests.pages import nothing_written, text_of


def test_what_is_ticked_is_shown_and_nothing_else(cast: Cast) -> None:
    anna = english(cast)
    form = answer_form(anna, answer="preview", until="", fields_chosen=[INCOME], uses="3", case="Z-1")
    with nothing_written():
        answer = anna.post(ENERGY, form)
    page = text_of(answer)
    assert answer.status_code == 200
    seen = page.partition("This is what they would see")[2].partition("Go on with your answer")[0]
    assert "Size 3" in seen
    assert f"Amount {ANNA_INCOME}" in seen
    assert "Year" not in seen
    # What was filled in is still there, and what was not is no mistake yet.
    html = answer.content.decode()
    assert f'value="{INCOME}" id="field-2" aria-describedby="field-2-text" checked' in html
    assert 'name="uses" value="3"' in html
    assert "Your answer is not stored yet" not in page
    assert not Consent.objects.exists()


def test_an_answer_is_shown_as_yes_or_no(cast: Cast) -> None:
    anna = english(cast)
    age_check(cast)
    path = "/my/purposes/age-check/"
    shown = text_of(anna.post(path, answer_form(anna, path, answer="preview")))
    assert "1980" in shown
    shown = text_of(anna.post(path, answer_form(anna, path, answer="preview", answers=[f"{BIRTH} {ADULT}"])))
    assert "only yes or no: 18 or older? Yes" in shown
    assert "1980" not in shown


def test_what_is_not_filled_in_is_said(cast: Cast) -> None:
    anna = english(cast)
    anna.force_login(cast.bram.account)
    answer = anna.post(ENERGY, answer_form(anna, answer="preview", fields_chosen=[YEAR]))
    assert text_of(answer).count("Nothing: you have not filled this in.") == 2


def test_what_is_not_asked_cannot_be_looked_at(cast: Cast) -> None:
    anna = english(cast)
    with nothing_written():
        answer = anna.post(ENERGY, answer_form(anna, answer="preview", fields_chosen=["income#/secret"]))
    assert answer.status_code == 400
    assert "This is what they would see" not in text_of(answer)


def test_a_text_that_changed_is_read_first(cast: Cast) -> None:
    anna = english(cast)
    form = answer_form(anna, answer="preview")
    publish(cast, "energy-allowance", "Energietoeslag nieuw")
    answer = anna.post(ENERGY, form)
    assert answer.status_code == 409
    assert "This is what they would see" not in text_of(answer)
