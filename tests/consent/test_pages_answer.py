"""Reading a purpose and answering it: yes on one's own terms, or no."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.lifecycle import State
from consent.models import Consent, Purpose
from consent.pages.my import answer as answering
from consent.services.answer import refuse_purpose
from tests.cast import INCOME, SIZE, YEAR, Cast
from tests.consent.test_pages_register import publish
from tests.pages import actions, hidden_inputs, nothing_written, signed_in, text_of

PATH = "/my/purposes/energy-allowance/"


@pytest.fixture
def anna(cast: Cast) -> Client:
    return signed_in(cast.anna.account)


def answer_form(anna: Client, **changes: Any) -> dict[str, Any]:
    """Return the form as the page gives it, filled in by Anna for a week; None in `changes` leaves a part out."""
    filled = {
        **hidden_inputs(anna.get(PATH)),
        "until": (timezone.localdate() + timedelta(days=7)).isoformat(),
        "answer": "yes",
        **changes,
    }
    return {name: value for name, value in filled.items() if value is not None}


def test_reading_writes_nothing_and_chooses_nothing(cast: Cast, anna: Client) -> None:
    cast.ask()
    with nothing_written():
        page = anna.get(PATH).content.decode()
    assert page.count('name="fields_chosen"') == 2
    assert " checked" not in page
    assert 'name="until" value' not in page
    assert f'name="notice_hash" value="{cast.energy.notice_hashes["nl"]}"' in page


def test_controller_purpose_data_and_the_right_to_stop_come_before_the_buttons(anna: Client) -> None:
    page = text_of(anna.get(PATH))
    places = [
        page.index(part)
        for part in (
            "Energietoeslag",
            "Wie het vraagt, en waarom",
            "Gemeente Voorbeeldstad Stadhuisplein 1",
            "U mag nee zeggen, en u mag stoppen",
            "Welke gegevens",
            "Wat er gebeurt als u drukt",
            "Ja, ik deel deze gegevens",
        )
    ]
    assert places == sorted(places)


def test_yes_and_no_are_equally_prominent(anna: Client) -> None:
    page = anna.get(PATH).content.decode()
    assert 'class="utrecht-button utrecht-button--primary-action" type="submit" name="answer" value="yes"' in page
    assert 'class="utrecht-button utrecht-button--primary-action" type="submit" name="answer" value="no"' in page


def test_yes_with_fewer_fields_and_two_uses(cast: Cast, anna: Client) -> None:
    cast.ask()
    answer = anna.post(PATH, answer_form(anna, fields_chosen=[INCOME], uses="2"))
    consent = Consent.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/my/consents/{consent.pk}/")
    assert consent.state == State.GIVEN
    assert consent.conditions["fields"] == [SIZE, INCOME]
    assert consent.conditions["uses"] == 2
    assert consent.conditions["recipients"] == [{"oin": cast.municipality.oin}]
    assert (consent.language, consent.notice_hash) == ("nl", cast.energy.notice_hashes["nl"])
    last_day = timezone.localdate() + timedelta(days=7)
    assert timezone.localtime(consent.ends_at).isoformat().startswith(f"{last_day + timedelta(days=1)}T00:00")
    assert "U deelt nu deze gegevens" in text_of(anna.get(answer["Location"]))


def test_only_what_is_needed_when_nothing_is_ticked_and_the_limit_of_the_purpose(cast: Cast, anna: Client) -> None:
    anna.post(PATH, answer_form(anna))
    conditions = Consent.objects.get().conditions
    assert conditions["fields"] == [SIZE]
    assert conditions["uses"] == cast.energy.most_uses


def test_yes_on_the_english_text_is_kept_as_such(cast: Cast, anna: Client) -> None:
    anna.cookies["language"] = "en"
    anna.post(PATH, answer_form(anna))
    consent = Consent.objects.get()
    assert (consent.language, consent.notice_hash) == ("en", cast.energy.notice_hashes["en"])


def test_the_last_possible_day_is_within_the_longest_time(cast: Cast, anna: Client) -> None:
    last = timezone.localdate(timezone.now() + timedelta(days=cast.energy.longest_validity_days)) - timedelta(days=1)
    assert anna.post(PATH, answer_form(anna, until=last.isoformat())).status_code == 302
    assert Consent.objects.get().state == State.GIVEN


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"until": None}, "id_until"),
        ({"until": "soon"}, "id_until"),
        ({"until": "2020-01-01"}, "id_until"),
        ({"until": "9999-12-31"}, "id_until"),
        ({"uses": "0"}, "id_uses"),
        ({"uses": "5001"}, "id_uses"),
        ({"uses": "two"}, "id_uses"),
        ({"fields_chosen": ["income#/secret"]}, "fields"),
    ],
)
def test_a_mistake_is_named_at_the_top_and_nothing_is_written(
    cast: Cast, anna: Client, changes: dict[str, Any], place: str
) -> None:
    form = answer_form(anna, **{"fields_chosen": [YEAR], "uses": "3", **changes})
    with nothing_written():
        answer = anna.post(PATH, form)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'href="#{place}"' in page
    assert f'id="{place}"' in page
    if "fields_chosen" not in changes:
        # What was filled in is still there.
        assert f'value="{YEAR}" id="field-3" aria-describedby="field-3-text" checked' in page
    if "uses" not in changes:
        assert 'name="uses" value="3"' in page


@pytest.mark.parametrize(
    "changes",
    [
        {"notice_hash": "0" * 64},
        {"notice_hash": None},
        {"language": "fr"},
        {"language": "en"},
        {"purpose_version": "x"},
        {"purpose_version": None},
    ],
)
def test_a_yes_to_another_text_is_no_yes(anna: Client, changes: dict[str, Any]) -> None:
    form = answer_form(anna, **changes)
    with nothing_written():
        answer = anna.post(PATH, form)
    assert answer.status_code == 409
    assert "De tekst is veranderd terwijl u las" in text_of(answer)


def test_a_text_that_changed_meanwhile_is_shown_anew(cast: Cast, anna: Client) -> None:
    form = answer_form(anna, fields_chosen=[INCOME])
    newer = publish(cast, "energy-allowance", "Energietoeslag nieuw")
    with nothing_written():
        answer = anna.post(PATH, form)
    assert answer.status_code == 409
    assert "Energietoeslag nieuw" in text_of(answer)
    assert hidden_inputs(answer)["purpose_version"] == str(newer.pk)


@pytest.mark.parametrize("pressed", [None, "", "maybe"])
def test_without_a_press_on_yes_there_is_no_yes(anna: Client, pressed: str | None) -> None:
    form = answer_form(anna, answer=pressed)
    with nothing_written():
        answer = anna.post(PATH, form)
    assert answer.status_code == 400
    assert "Druk op ja of nee" in text_of(answer)


def test_no_to_a_question(cast: Cast, anna: Client) -> None:
    cast.ask()
    answer = anna.post(PATH, {"answer": "no"})
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    assert Consent.objects.get().state == State.REFUSED
    assert "U zei nee" in text_of(anna.get("/my/"))


def test_no_without_a_question_is_kept_and_nobody_asks_again(cast: Cast, anna: Client) -> None:
    for _time in range(2):
        assert anna.post(PATH, {"answer": "no"})["Location"] == "/my/"
    cast.ask()
    refused = Consent.objects.get()
    assert (refused.state, refused.purpose_version, refused.requested_at) == (State.REFUSED, cast.energy, None)
    assert [action for action, _outcome in actions()].count("consent.refused") == 1
    assert "consent.requested" not in [action for action, _outcome in actions()]
    page = text_of(anna.get(f"/my/consents/{refused.pk}/"))
    assert "U zei nee" in page
    assert "Hoe lang" not in page


def test_no_after_a_consent_whose_end_has_come_is_kept(cast: Cast, anna: Client) -> None:
    cast.grant()
    Consent.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert anna.post(PATH, {"answer": "no"})["Location"] == "/my/"
    assert list(Consent.objects.order_by("id").values_list("state", flat=True)) == ["expired", "refused"]


def test_no_while_a_yes_is_stored_in_another_window(cast: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_late(**said: Any) -> Consent:
        cast.grant()
        return refuse_purpose(**said)

    monkeypatch.setattr(answering, "refuse_purpose", refuse_late)
    answer = anna.post(PATH, {"answer": "no"}, follow=True)
    assert answer.redirect_chain == [("/my/", 302)]
    assert "U deelt al gegevens voor dit doel" in text_of(answer)
    assert Consent.objects.get().state == State.GIVEN


def test_mistakes_are_named_in_the_order_of_the_page_and_have_the_focus(anna: Client) -> None:
    page = anna.post(PATH, answer_form(anna, uses="two", until=None, fields_chosen=["income#/secret"])).content.decode()
    places = [page.index(f'href="#{place}"') for place in ("fields", "id_until", "id_uses")]
    assert places == sorted(places)
    assert 'id="errors" tabindex="-1" autofocus' in page


@pytest.mark.parametrize("pressed", ["yes", "no"])
def test_the_same_form_sent_twice_has_one_outcome(cast: Cast, anna: Client, pressed: str) -> None:
    cast.ask()
    form = answer_form(anna, answer=pressed)
    for _time in range(2):
        assert anna.post(PATH, form).status_code == 302
    done = "consent.granted" if pressed == "yes" else "consent.refused"
    assert [action for action, _outcome in actions()].count(done) == 1
    assert Consent.objects.count() == 1


def test_no_after_yes_does_not_undo_it_silently(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    with nothing_written():
        answer = anna.post(PATH, {"answer": "no"}, follow=True)
    assert answer.redirect_chain == [(f"/my/consents/{consent.pk}/", 302)]
    assert "Hieronder kunt u stoppen" in text_of(answer)


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    anna = signed_in(cast.anna.account, enforce_csrf_checks=True)
    form = {name: value for name, value in answer_form(anna).items() if name != "csrfmiddlewaretoken"}
    assert anna.post(PATH, form).status_code == 403
    assert not Consent.objects.exists()


def test_purposes_that_are_not_in_use(cast: Cast, anna: Client) -> None:
    assert anna.get("/my/purposes/nothing/").status_code == 404
    Purpose.objects.update(retired_at=timezone.now())
    for answer in (anna.get(PATH), anna.post(PATH, {"answer": "yes"})):
        assert answer.status_code == 400
    assert not Consent.objects.exists()
