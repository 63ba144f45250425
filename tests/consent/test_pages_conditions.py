"""All conditions of a yes on one page: each is optional, each reaches the consent, and a mistake opens its place."""

from typing import Any

import pytest
from django.test import Client

from consent.models import Consent, Organisation
from tests.cast import INCOME, Cast
from tests.consent.answering import (
    ADULT,
    BIRTH,
    CENTRE,
    ENERGY,
    age_check,
    answer_form,
    centre,
    english,
    in_days,
)
from tests.pages import nothing_written, text_of

DEPARTMENT = {"name": "werk-en-inkomen", "title": {"nl": "Werk en inkomen", "en": "Work and income"}}


@pytest.fixture
def anna(cast: Cast) -> Client:
    Organisation.objects.filter(pk=cast.municipality.pk).update(departments=[DEPARTMENT])
    centre(cast)
    return english(cast)


def test_nothing_more_is_said_than_what_was_filled_in(cast: Cast, anna: Client) -> None:
    page = anna.get(ENERGY).content.decode()
    assert " checked" not in page
    assert '<details class="dw-more">' in page
    anna.post(ENERGY, answer_form(anna))
    assert set(Consent.objects.get().conditions) == {"validUntil", "fields", "recipients", "uses"}


def test_every_condition_reaches_the_consent_and_is_said_in_words(cast: Cast, anna: Client) -> None:
    form = answer_form(
        anna,
        fields_chosen=[INCOME],
        uses="6",
        days=["monday", "tuesday", "wednesday"],
        time_from="09:00",
        time_until="17:00",
        start=in_days(1),
        period_limit="2",
        period="week",
        departments=[f"{cast.municipality.oin} werk-en-inkomen"],
        case_workers_only="on",
        case="Z-2026-1",
        areas=["centrum"],
        ask_me="on",
        tell_me="on",
        keep_days="30",
    )
    answer = anna.post(ENERGY, form)
    assert answer.status_code == 302, text_of(answer)
    conditions = Consent.objects.get().conditions
    assert conditions["window"] == [{"days": ["monday", "tuesday", "wednesday"], "from": "09:00", "until": "17:00"}]
    assert conditions["usesPerPeriod"] == {"limit": 2, "period": "week"}
    assert conditions["recipients"] == [
        {"oin": cast.municipality.oin, "department": "werk-en-inkomen", "role": "requester"}
    ]
    assert (conditions["case"], conditions["area"], conditions["keep"]) == ("Z-2026-1", sorted(CENTRE), {"days": 30})
    assert conditions["askMe"] is True
    assert conditions["tellMe"] is True
    assert "validFrom" in conditions
    page = text_of(anna.get(answer["Location"]))
    for sentence in (
        "Monday to Wednesday, from 09:00 to 17:00",
        "Gemeente Voorbeeldstad, only Work and income (only case worker)",
        "Only for case Z-2026-1",
        "Neighbourhoods Centre",
        "They ask you every time, before they can read it",
        "You get a message every time they read it",
        "They delete it after 30 days",
        "0 of 6, 6 left",
        "This week: 0 of 2, 2 left",
    ):
        assert sentence in page, sentence
    overview = text_of(anna.get("/my/"))
    assert "Monday to Wednesday, from 09:00 to 17:00" in overview
    assert "This week: 0 of 2, 2 left" in overview


def test_only_hours_are_every_day_and_only_days_are_all_day(cast: Cast, anna: Client) -> None:
    anna.post(ENERGY, answer_form(anna, time_from="22:00", time_until="06:00"))
    consent = Consent.objects.get()
    assert consent.conditions["window"][0]["from"] == "22:00"
    assert len(consent.conditions["window"][0]["days"]) == 7
    assert "Every day, from 22:00 to 06:00 the next day" in text_of(anna.get(f"/my/consents/{consent.pk}/"))


def test_only_yes_or_no_instead_of_the_value(cast: Cast, anna: Client) -> None:
    age_check(cast)
    path = "/my/purposes/age-check/"
    assert "Date of birth: 18 or older?" in text_of(anna.get(path))
    answer = anna.post(path, answer_form(anna, path, answers=[f"{BIRTH} {ADULT}"]))
    assert Consent.objects.get().conditions["answerOnly"] == {BIRTH: ADULT}
    assert "Date of birth: only yes or no to “18 or older?”" in text_of(anna.get(answer["Location"]))


def test_the_map_decorates_and_the_names_choose(anna: Client) -> None:
    page = anna.get(ENERGY).content.decode()
    assert 'class="dw-map" viewBox="0 0 ' in page
    assert 'aria-hidden="true"' in page.partition('class="dw-map"')[2].partition(">")[0]
    assert 'value="centrum"' in page


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"days": ["someday"]}, "days"),
        ({"time_from": "25:00"}, "id_time_from"),
        ({"time_from": "09:00", "time_until": "09:00"}, "id_time_until"),
        ({"start": "2020-01-01"}, "id_start"),
        ({"start": in_days(8)}, "id_start"),
        ({"period_limit": "2"}, "id_period"),
        ({"period": "week"}, "id_period_limit"),
        ({"period": "century", "period_limit": "2"}, "id_period"),
        ({"departments": ["00000001234567890000 elsewhere"]}, "departments"),
        ({"areas": ["atlantis"]}, "areas"),
        ({"case": "Z" * 101}, "id_case"),
        ({"keep_days": "0"}, "id_keep_days"),
        ({"keep_days": "99999"}, "id_keep_days"),
        ({"answers": ["income#/amount rich"]}, None),
    ],
)
def test_a_mistake_opens_its_place_and_nothing_is_written(
    anna: Client, changes: dict[str, Any], place: str | None
) -> None:
    form = answer_form(anna, **changes)
    if place is None:
        # There is no such list on this page: what is not asked is not read.
        anna.post(ENERGY, form)
        assert "answerOnly" not in Consent.objects.get().conditions
        return
    with nothing_written():
        answer = anna.post(ENERGY, form)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'href="#{place}"' in page
    assert f'id="{place}"' in page
    assert '<details class="dw-more" open>' in page


def test_a_day_on_which_the_window_never_opens_is_refused(anna: Client) -> None:
    form = answer_form(anna, until=in_days(0), time_from="00:00", time_until="00:01")
    with nothing_written():
        answer = anna.post(ENERGY, form)
    assert answer.status_code == 400
    assert 'href="#days"' in answer.content.decode()
