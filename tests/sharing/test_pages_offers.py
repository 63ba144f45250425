"""Counter-offers at the desk: in plain words, accepted or let go by the organisation that asked."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.models import Record
from consent.lifecycle import State
from consent.models import Consent, Offer
from consent.services.answer import refuse_consent
from consent.services.change import postpone_consent
from consent.services.offer import make_offer, take_back_offer
from sharing.models import Request
from tests.cast import ANNA_INCOME, BRAM_BSN, CARLA_BSN, INCOME, SIZE, Cast
from tests.pages import actions, hidden_inputs, nothing_written, queries_of, signed_in, text_of

NOBODYS = "01933b6e-0000-7000-8000-000000000000"


@pytest.fixture
def daan(cast: Cast) -> Client:
    daan = signed_in(cast.daan.account)
    daan.cookies["language"] = "en"
    return daan


def offer(cast: Cast, **terms: Any) -> tuple[Request, Offer]:
    """Ask Anna, as Daan, and offer, as Anna, to share the size of her household only, twice."""
    asked = cast.ask(SIZE, case="Z-77")
    made = make_offer(
        citizen=cast.anna,
        consent_id=Consent.objects.get(citizen=cast.anna).pk,
        terms=cast.terms(fields=[SIZE], uses=2, **terms),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
    )
    return asked, made


def test_an_offer_stands_at_the_desk_in_plain_words(cast: Cast, daan: Client) -> None:
    asked, made = offer(cast)
    listed = daan.get("/desk/")
    assert "Case Z-77: Energy allowance" in text_of(listed)
    assert f"/desk/offers/{made.pk}/" in listed.content.decode()
    for path in (f"/desk/offers/{made.pk}/", f"/desk/requests/{asked.pk}/"):
        with nothing_written():
            page = text_of(daan.get(path))
        assert "The resident offers:" in page
        assert "At most 2 times" in page
        assert "Anna" not in page


def test_an_accepted_offer_is_a_consent_on_exactly_its_terms(cast: Cast, daan: Client) -> None:
    asked, made = offer(cast)
    answer = daan.post(f"/desk/offers/{made.pk}/accept/", follow=True)
    assert "You accepted the offer." in text_of(answer)
    consent = Consent.objects.get()
    assert (consent.state, consent.conditions["fields"], consent.conditions["uses"]) == (State.GIVEN, [SIZE], 2)
    assert "Offers of residents" not in text_of(answer)
    path = f"/desk/requests/{asked.pk}/"
    assert "Size 3" in text_of(daan.post(path, hidden_inputs(daan.get(path))))
    wider = f"/desk/requests/{cast.ask(SIZE, INCOME).pk}/"
    page = text_of(daan.post(wider, hidden_inputs(daan.get(wider))))
    assert "Not shared" in page
    assert str(ANNA_INCOME) not in page


def test_an_offer_that_is_let_go_leaves_the_question(cast: Cast, daan: Client) -> None:
    _asked, made = offer(cast)
    assert "You let the offer go." in text_of(daan.post(f"/desk/offers/{made.pk}/let-go/", follow=True))
    assert Consent.objects.get().state == State.REQUESTED
    assert daan.get(f"/desk/offers/{made.pk}/").status_code == 404


@pytest.mark.parametrize("button", ["accept", "let-go"])
def test_pressed_twice_is_pressed_once(cast: Cast, daan: Client, button: str) -> None:
    _asked, made = offer(cast)
    daan.post(f"/desk/offers/{made.pk}/{button}/")
    with nothing_written():
        daan.post(f"/desk/offers/{made.pk}/{button}/")


def test_what_was_let_go_is_not_accepted_after_all(cast: Cast, daan: Client) -> None:
    _asked, made = offer(cast)
    daan.post(f"/desk/offers/{made.pk}/let-go/")
    with nothing_written():
        page = text_of(daan.post(f"/desk/offers/{made.pk}/accept/", follow=True))
    assert "You cannot accept this offer any more." in page


def test_an_offer_that_was_taken_back_is_gone(cast: Cast, daan: Client) -> None:
    asked, made = offer(cast)
    take_back_offer(citizen=cast.anna, consent_id=made.consent_id)
    assert daan.get(f"/desk/offers/{made.pk}/").status_code == 404
    assert daan.post(f"/desk/offers/{made.pk}/accept/").status_code == 404
    assert Consent.objects.get().state == State.REQUESTED
    assert "The resident offers:" not in text_of(daan.get(f"/desk/requests/{asked.pk}/"))


def test_the_offer_to_another_organisation_and_none_are_the_same(cast: Cast) -> None:
    _asked, made = offer(cast)
    eva = signed_in(cast.eva.account)
    assert "Z-77" not in text_of(eva.get("/desk/"))
    for one in (made.pk, NOBODYS):
        assert eva.get(f"/desk/offers/{one}/").status_code == 404
        assert eva.post(f"/desk/offers/{one}/accept/").status_code == 404
        assert eva.post(f"/desk/offers/{one}/let-go/").status_code == 404
    made.refresh_from_db()
    assert made.state == Offer.State.WAITING


def test_only_a_form_of_the_desk_answers_an_offer(cast: Cast, daan: Client) -> None:
    _asked, made = offer(cast)
    checked = signed_in(cast.daan.account, enforce_csrf_checks=True)
    for button in ("accept", "let-go"):
        path = f"/desk/offers/{made.pk}/{button}/"
        with nothing_written():
            assert daan.get(path).status_code == 405
        assert checked.post(path).status_code == 403
        for account in (cast.anna.account, cast.gijs.account):
            assert signed_in(account).post(path).status_code == 403
            assert actions()[-1] == ("service.refused", "refused")
    made.refresh_from_db()
    assert made.state == Offer.State.WAITING


def test_who_says_nothing_puts_it_off_or_says_no_looks_the_same(cast: Cast, daan: Client) -> None:
    """Ignoring a question looks to staff like not having seen it (promise 7)."""
    asked = cast.ask(SIZE, case="Z-77")
    consent = Consent.objects.get(citizen=cast.anna)
    stranger = cast.ask(SIZE, bsn=CARLA_BSN, case="Z-77")
    other = cast.ask(SIZE, bsn=BRAM_BSN, case="Z-77")

    def seen(request: Request) -> str:
        path = f"/desk/requests/{request.pk}/"
        looked = daan.get(path)
        read = daan.post(path, hidden_inputs(looked))
        assert read.status_code == 403
        # The promise is about the entry of this very refusal: its number, its hash, its time and a signature.
        said = re.sub(r"entry \S+ leaf \S+ at \S+ |(?<=/promise )\S+", "", text_of(read))
        return text_of(looked) + said.replace(str(Record.objects.latest("entry_id").entry_id), "")

    silence = seen(asked)
    assert seen(stranger) == seen(other) == silence
    postpone_consent(citizen=cast.anna, consent_id=consent.pk)
    assert seen(asked) == silence
    refuse_consent(citizen=cast.anna, consent_id=consent.pk)
    assert seen(asked) == silence


def test_more_offers_take_no_more_queries(cast: Cast, daan: Client) -> None:
    offer(cast)
    few = queries_of(daan, "/desk/")
    cast.ask(SIZE, bsn=BRAM_BSN)
    make_offer(
        citizen=cast.bram,
        consent_id=Consent.objects.get(citizen=cast.bram).pk,
        terms=cast.terms(fields=[SIZE]),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
    )
    assert queries_of(daan, "/desk/") == few
