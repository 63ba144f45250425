"""/my/mandates/ and /desk/mandates/, and acting for somebody in a browser and over the API."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consent.lifecycle import State
from consent.models import Act, Consent, Mandate
from consent.services.end_mandate import end_mandate
from tests.cast import ANNA_BSN, BRAM_BSN, Cast
from tests.consent.test_mandates import (
    grant,
    guardian_of_anna,
    registrar,
    representative_of_anna,
    ten_years_old,
)
from tests.pages import hidden_inputs, nothing_written, queries_of, signed_in, text_of


def browser_of(account: object) -> Client:
    return signed_in(account, headers={"accept-language": "en"})  # type: ignore[arg-type]


def act_for(browser: Client, mandate: Mandate) -> None:
    assert browser.post(f"/my/mandates/{mandate.pk}/act/").status_code == 302


def test_a_citizen_gives_a_mandate_and_sees_the_code_once(cast: Cast) -> None:
    anna = browser_of(cast.anna.account)
    page = anna.get("/my/mandates/give/")
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    form = {**hidden_inputs(page), "acts": ["answer"], "purposes": ["energy-allowance"], "until": until}
    for _ in range(2):
        assert anna.post("/my/mandates/give/", form).status_code == 302
    mandate = Mandate.objects.get()
    shown = text_of(anna.get("/my/mandates/"))
    assert "Hand over this code" in shown
    assert "Hand over this code" not in text_of(anna.get("/my/mandates/"))
    code = shown.partition("Hand over this code ")[2].split()[0]
    bram = browser_of(cast.bram.account)
    assert bram.post("/my/mandates/", {"code": code}).status_code == 302
    mandate.refresh_from_db()
    assert mandate.holder_id == cast.bram.pk
    assert "Anna de Vries" in text_of(bram.get("/my/mandates/"))
    assert "Bram Yilmaz" in text_of(anna.get("/my/mandates/"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"acts": []}, "Choose what this person may do."),
        ({"purposes": []}, "Choose one or more purposes, or all of them."),
        ({"every_purpose": "on"}, "Choose one or more purposes, or all of them."),
        ({"purposes": ["no-such"]}, "Select a valid choice"),
        ({"until": ""}, "Choose the last day of the mandate."),
        ({"until": "9999-12-31"}, "Choose an end within five years from today."),
        ({"until": "2020-01-01"}, "Choose an end within five years from today."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_given(cast: Cast, wrong: dict[str, object], said: str) -> None:
    anna = browser_of(cast.anna.account)
    form = {
        **hidden_inputs(anna.get("/my/mandates/give/")),
        "acts": ["answer"],
        "purposes": ["energy-allowance"],
        "until": (timezone.localdate() + timedelta(days=30)).isoformat(),
    }
    with nothing_written():
        answer = anna.post("/my/mandates/give/", {**form, **wrong})
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert not Mandate.objects.exists()


def test_a_wrong_code_is_said(cast: Cast) -> None:
    answer = browser_of(cast.bram.account).post("/my/mandates/", {"code": "nothing"})
    assert answer.status_code == 400
    assert "This code does not open a mandate" in text_of(answer)


def test_every_page_says_for_whom_one_acts(cast: Cast) -> None:
    mandate = representative_of_anna(cast)
    bram = browser_of(cast.bram.account)
    assert "You act for" not in text_of(bram.get("/my/"))
    act_for(bram, mandate)
    for path in ("/", "/my/", "/register/", "/my/preferences/", "/my/mandates/", "/nothing-here/"):
        assert "You act for Anna de Vries" in text_of(bram.get(path)), path
    bram.post("/my/mandates/stop/")
    assert "You act for Anna" not in text_of(bram.get("/"))


def test_what_is_shown_is_the_other_persons(cast: Cast) -> None:
    consent = cast.grant()
    bram = browser_of(cast.bram.account)
    assert bram.get(f"/my/consents/{consent.pk}/").status_code == 404
    act_for(bram, representative_of_anna(cast))
    assert bram.get(f"/my/consents/{consent.pk}/").status_code == 200


def test_both_read_in_words_who_acted(cast: Cast) -> None:
    grant(cast, cast.anna, guardian_of_anna(cast))
    said = "Your parent or guardian Bram Yilmaz did this for you."
    history = text_of(browser_of(cast.anna.account).get("/my/history/"))
    assert history.count(said) == 1
    mine = text_of(browser_of(cast.bram.account).get("/my/mandates/"))
    assert "What you did for others" in mine
    assert "Said yes" in mine
    assert "Bram" not in text_of(browser_of(cast.hanna.account).get("/oversight/"))


def test_a_mandate_that_ended_does_nothing_and_shows_nothing(cast: Cast) -> None:
    consent = cast.grant()
    mandate = representative_of_anna(cast)
    bram = browser_of(cast.bram.account)
    act_for(bram, mandate)
    end_mandate(citizen=cast.anna, mandate_id=mandate.pk)
    with nothing_written():
        answer = bram.post(f"/my/consents/{consent.pk}/", {"change": "stop"})
    assert (answer.status_code, answer["Location"]) == (302, "/my/mandates/")
    assert "You may no longer act for this person" in text_of(bram.get("/my/mandates/"))
    assert bram.get(f"/my/consents/{consent.pk}/").status_code == 404


def test_a_form_filled_in_for_oneself_is_not_sent_for_another(cast: Cast) -> None:
    mandate = representative_of_anna(cast)
    bram = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    bram.force_login(cast.bram.account)
    token = hidden_inputs(bram.get("/my/mandates/"))["csrfmiddlewaretoken"]
    assert bram.post(f"/my/mandates/{mandate.pk}/act/", {"csrfmiddlewaretoken": token}).status_code == 302
    # The page in the other window was loaded before.
    stale = bram.post("/my/mandates/stop/", {"csrfmiddlewaretoken": token})
    assert stale.status_code == 403
    assert "You act for Anna" in text_of(bram.get("/my/"))


def test_nobody_acts_under_the_mandate_of_another(cast: Cast) -> None:
    mandate = representative_of_anna(cast)
    anna = browser_of(cast.anna.account)
    assert anna.post(f"/my/mandates/{mandate.pk}/act/").status_code == 404
    assert signed_in(cast.daan.account).post(f"/my/mandates/{mandate.pk}/act/").status_code == 403
    carla = Mandate.objects.create(
        kind="representative",
        citizen=cast.anna,
        acts=["answer"],
        verification="given-online",
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(days=1),
    )
    assert browser_of(cast.bram.account).post(f"/my/mandates/{carla.pk}/end/").status_code == 404


@pytest.mark.parametrize("path", ["act/", "end/"])
def test_changing_is_by_post(cast: Cast, path: str) -> None:
    mandate = representative_of_anna(cast)
    assert browser_of(cast.bram.account).get(f"/my/mandates/{mandate.pk}/{path}").status_code == 405
    assert browser_of(cast.bram.account).get("/my/mandates/stop/").status_code == 405


def test_the_page_ends_a_mandate(cast: Cast) -> None:
    mandate = representative_of_anna(cast)
    browser_of(cast.anna.account).post(f"/my/mandates/{mandate.pk}/end/")
    mandate.refresh_from_db()
    assert mandate.ended_at


def guardian_form(**other: object) -> dict[str, object]:
    return {
        "citizen_bsn": ANNA_BSN,
        "citizen_name": "Anna",
        "born_on": ten_years_old().isoformat(),
        "holder_bsn": BRAM_BSN,
        "holder_name": "Bram",
        "verification": "persons-register",
        "reference": "BRP-1",
        "answer": "record",
        **other,
    }


def test_a_registrar_records_a_guardian_and_ends_it(cast: Cast) -> None:
    iris = browser_of(registrar(cast).account)
    assert "Mandates" in text_of(iris.get("/"))
    for _ in range(2):
        assert iris.post("/desk/mandates/guardian/", guardian_form()).status_code == 302
    mandate = Mandate.objects.get()
    shown = text_of(iris.get("/desk/mandates/"))
    assert "Bram Yilmaz for Anna de Vries" in shown
    assert ANNA_BSN not in shown
    consent = grant(cast, cast.anna, mandate)
    iris.post(f"/desk/mandates/{mandate.pk}/end/", {"invalid": "yes"})
    consent.refresh_from_db()
    assert consent.state == State.INVALIDATED


def test_a_registrar_records_a_representative(cast: Cast) -> None:
    iris = browser_of(registrar(cast).account)
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    form = guardian_form(acts=["withdraw"], every_purpose="on", until=until)
    assert iris.get("/desk/mandates/representative/").status_code == 200
    assert iris.post("/desk/mandates/representative/", form).status_code == 302
    assert Mandate.objects.get().acts == [Act.WITHDRAW]


def test_a_registrar_writes_down_that_it_was_not_verified(cast: Cast) -> None:
    iris = browser_of(registrar(cast).account)
    assert iris.post("/desk/mandates/guardian/", guardian_form(answer="refuse")).status_code == 302
    assert not Mandate.objects.exists()
    assert "A mandate was not recorded" in text_of(browser_of(cast.anna.account).get("/my/history/"))


def test_a_wrong_number_is_said_and_not_repeated_in_words(cast: Cast) -> None:
    iris = browser_of(registrar(cast).account)
    answer = iris.post("/desk/mandates/guardian/", guardian_form(citizen_bsn="111111111"))
    assert answer.status_code == 400
    assert "This is not a citizen service number." in text_of(answer)
    assert "111111111" not in text_of(answer)


@pytest.mark.parametrize("path", ["", "guardian/", "representative/"])
def test_only_registrars_see_these_pages(cast: Cast, path: str) -> None:
    for account in (cast.daan.account, cast.femke.account, cast.anna.account):
        assert signed_in(account).get(f"/desk/mandates/{path}").status_code == 403
    assert Client().get(f"/desk/mandates/{path}").status_code == 302


def test_a_registrar_of_another_organisation_ends_nothing(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    member = registrar(cast)
    type(member).objects.filter(pk=member.pk).update(organisation=cast.police)
    assert browser_of(member.account).post(f"/desk/mandates/{mandate.pk}/end/").status_code == 404


def test_the_pages_take_as_many_queries_for_one_as_for_ten(cast: Cast) -> None:
    representative_of_anna(cast)
    grant(cast, cast.anna, Mandate.objects.get())
    iris = browser_of(registrar(cast).account)
    bram = browser_of(cast.bram.account)
    guardian_of_anna(cast)
    one = [queries_of(bram, "/my/mandates/"), queries_of(iris, "/desk/mandates/")]
    for _ in range(9):
        guardian_row(cast)
    assert [queries_of(bram, "/my/mandates/"), queries_of(iris, "/desk/mandates/")] == one


def guardian_row(cast: Cast) -> Mandate:
    member = registrar(cast)
    return Mandate.objects.create(
        kind="guardian",
        citizen=cast.anna,
        holder=cast.bram,
        acts=list(Act),
        verification="persons-register",
        organisation=cast.municipality,
        recorded_by=member.account,
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(days=1),
    )


def test_the_api_acts_under_the_mandate_of_its_header(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    body = {
        "purposeVersionId": str(cast.energy.pk),
        "language": "nl",
        "noticeHash": cast.energy.notice_hashes["nl"],
        "terms": cast.terms(),
    }
    bram = signed_in(cast.bram.account)

    def post(**headers: str) -> int:
        return bram.post(
            "/api/v1/consents", json.dumps(body), content_type="application/json", headers=headers
        ).status_code

    assert post(**{"Deelwijs-Mandate": "no uuid"}) == 404
    assert post(**{"Deelwijs-Mandate": str(cast.energy.pk)}) == 404
    assert not Consent.objects.exists()
    assert post(**{"Deelwijs-Mandate": str(mandate.pk)}) == 201
    assert Consent.objects.get().citizen_id == cast.anna.pk
    end_mandate(member=registrar(cast), mandate_id=mandate.pk)
    assert post(**{"Deelwijs-Mandate": str(mandate.pk)}) == 403
