"""Reading data at the desk: exactly what is shared, once a press, and why not."""

import pytest
from django.test import Client

from consent.models import Consent
from consent.services.change import withdraw_consent
from sharing.models import Release
from tests.cast import ANNA_INCOME, CARLA_BSN, INCOME, SIZE, YEAR, Cast
from tests.pages import actions, hidden_inputs, nothing_written, signed_in, text_of


@pytest.fixture
def daan(cast: Cast) -> Client:
    return signed_in(cast.daan.account)


def press(daan: Client, path: str, **changes: str) -> str:
    """Press the button as the page gives it, and return what the answer says."""
    return text_of(daan.post(path, {**hidden_inputs(daan.get(path)), **changes}))


def test_looking_at_a_request_reads_nothing(cast: Cast, daan: Client) -> None:
    cast.grant()
    path = f"/desk/requests/{cast.ask().pk}/"
    with nothing_written():
        page = text_of(daan.get(path))
    assert str(ANNA_INCOME) not in page


def test_one_press_shows_exactly_what_is_shared(cast: Cast, daan: Client) -> None:
    cast.grant(uses=3)
    path = f"/desk/requests/{cast.ask().pk}/"
    answer = daan.post(path, hidden_inputs(daan.get(path)))
    page = text_of(answer)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert f"Size 3 Amount {ANNA_INCOME}" in page
    assert "2025" not in page.replace("2025-", "")
    assert "Hoe vaak nog 2" in page
    assert str(Release.objects.get().entry) in page
    assert actions()[-1] == ("sharing.released", "allowed")


def test_a_field_that_is_not_filled_in_is_said_to_be_absent(cast: Cast, daan: Client) -> None:
    cast.grant(cast.bram, fields=[SIZE])
    path = f"/desk/requests/{cast.ask(SIZE, bsn='999993653').pk}/"
    assert "maar de inwoner heeft het niet ingevuld" in press(daan, path)


def test_the_same_form_sent_again_takes_no_second_use(cast: Cast, daan: Client) -> None:
    cast.grant(uses=3)
    path = f"/desk/requests/{cast.ask().pk}/"
    form = hidden_inputs(daan.get(path))
    daan.post(path, form)
    page = text_of(daan.post(path, form))
    assert "Het telt niet extra" in page
    assert str(ANNA_INCOME) in page
    assert Consent.objects.get().uses_taken == 1
    assert [action for action, _outcome in actions()][-2:] == ["sharing.released", "sharing.repeated"]


def test_each_page_has_a_key_of_its_own(cast: Cast, daan: Client) -> None:
    path = f"/desk/requests/{cast.ask().pk}/"
    keys = {hidden_inputs(daan.get(path))["idempotency_key"] for _time in range(3)}
    assert len(keys) == 3


def test_when_the_uses_are_taken_it_says_so(cast: Cast, daan: Client) -> None:
    cast.grant(uses=1)
    path = f"/desk/requests/{cast.ask().pk}/"
    press(daan, path)
    answer = daan.post(path, hidden_inputs(daan.get(path)))
    page = text_of(answer)
    assert answer.status_code == 403
    assert "Geweigerd: u ziet geen gegevens" in page
    assert "Dit mocht 1 keer. Die keer is gebruikt." in page
    assert str(ANNA_INCOME) not in page
    # The refusal has its entry, and no second one.
    assert [action for action, _outcome in actions()].count("service.refused") == 0


def test_a_field_that_was_not_granted_is_named_by_its_title(cast: Cast, daan: Client) -> None:
    cast.grant(fields=[SIZE, INCOME])
    page = press(daan, f"/desk/requests/{cast.ask(SIZE, YEAR).pk}/")
    assert "Niet gedeeld: Year." in page
    assert "Maak een nieuw verzoek zonder deze gegevens." in page


def test_why_not_comes_before_what_was_right(cast: Cast, daan: Client) -> None:
    cast.grant(fields=[SIZE, INCOME])
    page = press(daan, f"/desk/requests/{cast.ask(SIZE, YEAR).pk}/")
    refusal, right = page.partition("Geweigerd: u ziet geen gegevens")[2].split("Wat wel klopte")
    assert "Niet gedeeld" in refusal
    assert "Het doel is in gebruik." not in refusal
    assert "Het doel is in gebruik." in right


def test_after_a_withdrawal_nothing_is_shown(cast: Cast, daan: Client) -> None:
    consent = cast.grant()
    path = f"/desk/requests/{cast.ask().pk}/"
    press(daan, path)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    page = press(daan, path)
    assert "De toestemming is ingetrokken." in page
    assert str(ANNA_INCOME) not in page


def test_a_stranger_and_a_silence_get_the_same_answer(cast: Cast, daan: Client) -> None:
    pages = [press(daan, f"/desk/requests/{asked.pk}/") for asked in (cast.ask(), cast.ask(bsn=CARLA_BSN))]
    for page in pages:
        assert "Er is hier niets dat u mag zien." in page
        assert "Wij zeggen niet welke van de twee. Controleer het nummer, of vraag de inwoner zelf." in page
        assert "Wat wel klopte" not in page
        assert "toestemming" not in page.partition("Geweigerd")[2].partition("Wat er gevraagd is")[0]


@pytest.mark.parametrize("key", ["", "é", "x" * 101])
def test_a_key_that_is_none_is_refused(cast: Cast, daan: Client, key: str) -> None:
    cast.grant()
    path = f"/desk/requests/{cast.ask().pk}/"
    with nothing_written():
        assert daan.post(path, {"idempotency_key": key}).status_code == 400


def test_the_key_of_another_request_is_refused(cast: Cast, daan: Client) -> None:
    cast.grant()
    first, second = (f"/desk/requests/{cast.ask(case=case).pk}/" for case in ("Z-1", "Z-2"))
    form = hidden_inputs(daan.get(first))
    daan.post(first, form)
    with nothing_written():
        assert daan.post(second, form).status_code == 409


def test_a_form_of_another_site_reads_nothing(cast: Cast) -> None:
    cast.grant()
    daan = signed_in(cast.daan.account, enforce_csrf_checks=True)
    answer = daan.post(f"/desk/requests/{cast.ask().pk}/", {"idempotency_key": "k"})
    assert answer.status_code == 403
    assert str(ANNA_INCOME) not in text_of(answer)
    assert not Release.objects.exists()
