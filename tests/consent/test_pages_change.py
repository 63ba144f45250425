"""Pausing, sharing less, making it longer and choosing again: one press or one form, and one outcome."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.lifecycle import State
from consent.models import Consent, ConsentChange
from tests.cast import INCOME, SIZE, YEAR, Cast
from tests.consent.answering import ENERGY, answer_form, english, in_days
from tests.consent.test_pages_register import publish
from tests.pages import actions, hidden_inputs, nothing_written, queries_of, text_of

# The last hour before a midnight, as people choose an end.
WEEK = 8


@pytest.fixture
def anna(cast: Cast) -> Client:
    return english(cast)


@pytest.fixture
def consent(cast: Cast, anna: Client) -> Consent:
    """Anna shares her income for a week, on working days, at most ten times."""
    anna.post(ENERGY, answer_form(anna, fields_chosen=[INCOME], uses="10", days=["monday", "tuesday", "friday"]))
    return Consent.objects.get()


def narrow_form(anna: Client, consent: Consent, **changes: Any) -> dict[str, Any]:
    filled = {
        **hidden_inputs(anna.get(f"/my/consents/{consent.pk}/narrow/")),
        "fields_chosen": [INCOME],
        "until": in_days(7),
        "uses": "10",
        "days": ["monday", "tuesday", "friday"],
        **changes,
    }
    return {name: value for name, value in filled.items() if value is not None}


def test_pause_and_go_on(cast: Cast, anna: Client, consent: Consent) -> None:
    for _time in range(2):
        page = text_of(anna.post(f"/my/consents/{consent.pk}/pause/", follow=True))
    consent.refresh_from_db()
    assert consent.state == State.PAUSED
    assert "You paused this. Nobody can read this data until you go on." in page
    assert "Go on sharing" in page
    assert "Stop sharing this data" in page
    assert "Paused" in text_of(anna.get("/my/"))
    for _time in range(2):
        page = text_of(anna.post(f"/my/consents/{consent.pk}/resume/", follow=True))
    consent.refresh_from_db()
    assert consent.state == State.GIVEN
    assert "You share this data again" in page
    done = [action for action, _outcome in actions()]
    assert (done.count("consent.paused"), done.count("consent.resumed")) == (1, 1)


def test_one_press_stops_what_is_paused(anna: Client, consent: Consent) -> None:
    anna.post(f"/my/consents/{consent.pk}/pause/")
    anna.post(f"/my/consents/{consent.pk}/")
    consent.refresh_from_db()
    assert consent.state == State.WITHDRAWN


@pytest.mark.parametrize("what", ["pause", "resume", "narrow", "renew"])
def test_after_the_end_nothing_changes(anna: Client, consent: Consent, what: str) -> None:
    anna.post(f"/my/consents/{consent.pk}/")
    with nothing_written():
        answer = anna.post(f"/my/consents/{consent.pk}/{what}/", follow=True)
    assert "This had ended already. Nothing is shared." in text_of(answer)


@pytest.mark.parametrize("what", ["pause", "resume", "narrow", "renew", "take-back"])
def test_another_sees_and_changes_nothing(cast: Cast, anna: Client, consent: Consent, what: str) -> None:
    anna.force_login(cast.bram.account)
    assert anna.get(f"/my/consents/{consent.pk}/narrow/").status_code == 404
    assert anna.post(f"/my/consents/{consent.pk}/{what}/").status_code == 404
    assert list(Consent.objects.values_list("state", "version")) == [(State.GIVEN, consent.version)]


@pytest.mark.parametrize("what", ["pause", "resume", "take-back"])
def test_looking_changes_nothing(anna: Client, consent: Consent, what: str) -> None:
    with nothing_written():
        assert anna.get(f"/my/consents/{consent.pk}/{what}/").status_code == 405


def test_the_form_to_share_less_says_what_holds(anna: Client, consent: Consent) -> None:
    with nothing_written():
        page = anna.get(f"/my/consents/{consent.pk}/narrow/").content.decode()
    assert f'value="{INCOME}" id="field-2" aria-describedby="field-2-text" checked' in page
    assert YEAR not in page
    assert f'name="until" value="{in_days(7)}"' in page
    assert 'name="uses" value="10"' in page
    assert 'value="monday" id="id_days_0" checked' in page
    assert 'value="wednesday" id="id_days_2">' in page


def test_sharing_less(anna: Client, consent: Consent) -> None:
    form = narrow_form(anna, consent, fields_chosen=None, uses="3", days=["monday"], until=in_days(6), ask_me="on")
    for _time in range(2):
        answer = anna.post(f"/my/consents/{consent.pk}/narrow/", form)
        assert answer.status_code == 302, text_of(answer)
    consent.refresh_from_db()
    assert consent.conditions["fields"] == [SIZE]
    assert consent.conditions["uses"] == 3
    assert consent.conditions["window"][0]["days"] == ["monday"]
    assert consent.conditions["askMe"] is True
    assert [action for action, _outcome in actions()].count("consent.narrowed") == 1
    page = text_of(anna.get(f"/my/consents/{consent.pk}/"))
    assert "You chose to share less" in page
    # The text and the terms of then are there as well.
    assert page.count("What held from then on") == 2
    assert page.count("The text of then") == 2
    assert "At most 10 times" in page


def test_what_was_set_stays_when_its_field_is_left_empty(anna: Client, consent: Consent) -> None:
    anna.post(f"/my/consents/{consent.pk}/narrow/", narrow_form(anna, consent, days=None, uses=None, case="Z-1"))
    consent.refresh_from_db()
    assert consent.conditions["uses"] == 10
    assert consent.conditions["window"][0]["days"] == ["monday", "tuesday", "friday"]
    assert consent.conditions["case"] == "Z-1"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"until": in_days(9)}, "id_until"),
        ({"uses": "11"}, "id_uses"),
        ({"days": ["monday", "sunday"]}, "days"),
        ({"fields_chosen": [YEAR]}, "fields"),
    ],
)
def test_more_than_before_is_refused(anna: Client, consent: Consent, changes: dict[str, Any], place: str) -> None:
    form = narrow_form(anna, consent, **changes)
    with nothing_written():
        answer = anna.post(f"/my/consents/{consent.pk}/narrow/", form)
    assert answer.status_code == 400
    assert f'href="#{place}"' in answer.content.decode()


@pytest.mark.parametrize("version", ["0", "x", "", "9" * 30])
def test_a_form_of_before_another_change_is_shown_anew(anna: Client, consent: Consent, version: str) -> None:
    form = narrow_form(anna, consent, uses="3", version=version)
    with nothing_written():
        answer = anna.post(f"/my/consents/{consent.pk}/narrow/", form)
    assert answer.status_code == 409
    assert "This consent changed while you were looking at it" in text_of(answer)


def renew_form(anna: Client, consent: Consent, **changes: Any) -> dict[str, Any]:
    shown = anna.get(f"/my/consents/{consent.pk}/renew/")
    filled = {**hidden_inputs(shown), "until": in_days(30), "more_uses": "5", **changes}
    return {name: value for name, value in filled.items() if value is not None}


def test_making_it_longer(anna: Client, consent: Consent) -> None:
    form = renew_form(anna, consent)
    for _time in range(2):
        answer = anna.post(f"/my/consents/{consent.pk}/renew/", form)
        assert (answer.status_code, answer["Location"]) == (302, f"/my/consents/{consent.pk}/"), text_of(answer)
    consent.refresh_from_db()
    assert consent.conditions["uses"] == 5
    assert timezone.localdate(consent.ends_at) == timezone.localdate() + timedelta(days=31)
    assert [action for action, _outcome in actions()].count("consent.renewed") == 1


@pytest.mark.parametrize(
    ("changes", "status", "place"),
    [
        ({"until": None}, 400, "id_until"),
        ({"until": in_days(3)}, 400, "id_until"),
        ({"until": "9999-12-31"}, 400, "id_until"),
        ({"more_uses": "0"}, 400, "id_more_uses"),
        ({"notice_hash": "0" * 64}, 409, None),
        ({"language": "fr"}, 409, None),
        ({"version": "0"}, 409, None),
    ],
)
def test_what_cannot_be_renewed_is_said(
    anna: Client, consent: Consent, changes: dict[str, Any], status: int, place: str | None
) -> None:
    form = renew_form(anna, consent, **changes)
    with nothing_written():
        answer = anna.post(f"/my/consents/{consent.pk}/renew/", form)
    assert answer.status_code == status, text_of(answer)
    if place:
        assert f'href="#{place}"' in answer.content.decode()


def test_a_newer_text_asks_again_and_widens_nothing(cast: Cast, anna: Client, consent: Consent) -> None:
    before = dict(consent.conditions)
    newer = publish(cast, "energy-allowance", "Energietoeslag nieuw")
    assert "There is a newer text. What you chose still holds." in text_of(anna.get("/my/"))
    page = text_of(anna.get(f"/my/consents/{consent.pk}/"))
    assert "It never becomes more by itself." in page
    assert "Make it longer" not in page
    consent.refresh_from_db()
    assert consent.conditions == before
    assert anna.get(f"/my/consents/{consent.pk}/renew/")["Location"] == ENERGY
    form = answer_form(anna)
    assert form["replaces"] == str(consent.pk)
    answer = anna.post(ENERGY, form)
    given = Consent.objects.get(state=State.GIVEN)
    assert given.purpose_version_id == newer.pk
    assert answer["Location"] == f"/my/consents/{given.pk}/"
    consent.refresh_from_db()
    assert consent.state == State.REPLACED
    # The button pressed twice.
    with nothing_written():
        again = anna.post(ENERGY, form, follow=True)
    assert "This is what you share." in text_of(again)


def test_no_to_a_newer_text_leaves_what_stands(cast: Cast, anna: Client, consent: Consent) -> None:
    publish(cast, "energy-allowance", "Energietoeslag nieuw")
    with nothing_written():
        answer = anna.post(ENERGY, answer_form(anna, answer="no"), follow=True)
    assert "what you chose before still holds" in text_of(answer)


def test_choosing_again_under_the_same_text(anna: Client, consent: Consent) -> None:
    path = f"{ENERGY}?replaces={consent.pk}"
    assert "You choose again." in text_of(anna.get(path))
    anna.post(ENERGY, answer_form(anna, path, fields_chosen=[INCOME, YEAR]))
    given = Consent.objects.get(state=State.GIVEN)
    assert given.conditions["fields"] == [SIZE, INCOME, YEAR]
    assert Consent.objects.get(pk=consent.pk).state == State.REPLACED


def test_the_history_takes_no_more_queries_when_it_grows(anna: Client, consent: Consent) -> None:
    anna.get("/my/")
    few = queries_of(anna, f"/my/consents/{consent.pk}/")
    for _time in range(3):
        anna.post(f"/my/consents/{consent.pk}/pause/")
        anna.post(f"/my/consents/{consent.pk}/resume/")
    anna.get("/my/")
    assert ConsentChange.objects.filter(consent=consent).count() == 7
    assert queries_of(anna, f"/my/consents/{consent.pk}/") == few
