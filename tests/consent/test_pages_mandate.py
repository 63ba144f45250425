"""Acting for another on the citizen's pages: within the purposes and acts of the mandate, and no further."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consent.lifecycle import State
from consent.models import Act, Consent, Mandate
from consent.services.mandates import record_representative
from tests.cast import ANNA_BSN, BRAM_BSN, Cast
from tests.consent.answering import ENERGY, answer_form, english
from tests.consent.test_mandates import registrar
from tests.consent.test_pages_register import publish
from tests.pages import text_of


def bram_for_anna(cast: Cast, *, purposes: Sequence[str] = (), acts: Sequence[str] = tuple(Act)) -> Client:
    """Return Bram's browser, in which he acts for Anna."""
    mandate = record_representative(
        member=registrar(cast),
        citizen_bsn=ANNA_BSN,
        citizen_name="Anna de Vries",
        holder_bsn=BRAM_BSN,
        holder_name="Bram Yilmaz",
        purposes=purposes,
        acts=acts,
        ends_at=timezone.now() + timedelta(days=30),
        verification=Mandate.Verification.COURT_ORDER,
        reference="C-1",
    )
    browser = english(cast)
    browser.force_login(cast.bram.account)
    session = browser.session
    session["mandate"] = str(mandate.pk)
    session.save()
    return browser


def test_the_yes_is_of_the_one_acted_for_and_names_the_mandate(cast: Cast) -> None:
    bram = bram_for_anna(cast)
    answer = bram.post(ENERGY, answer_form(bram))
    assert answer.status_code == 302, text_of(answer)
    consent = Consent.objects.get()
    assert consent.citizen_id == cast.anna.pk
    assert consent.mandate is not None
    assert "Somebody with a mandate did this for you." in text_of(english(cast).get(f"/my/consents/{consent.pk}/"))


def test_other_purposes_are_out_of_sight(cast: Cast) -> None:
    consent = cast.grant()
    publish(cast, "street-works")
    bram = bram_for_anna(cast, purposes=["street-works"])
    assert "You share nothing at the moment." in text_of(bram.get("/my/"))
    for path in (ENERGY, f"/my/consents/{consent.pk}/", f"/my/consents/{consent.pk}/narrow/"):
        assert bram.get(path).status_code == 404
    assert bram.post(f"/my/consents/{consent.pk}/").status_code == 404
    assert "Z-2026" not in text_of(bram.get("/my/history/"))


@pytest.mark.parametrize(
    ("acts", "shown", "hidden"),
    [
        ([Act.WITHDRAW], "Stop sharing this data", "Share less"),
        ([Act.CHANGE], "Share less", "Stop sharing this data"),
    ],
)
def test_what_the_mandate_does_not_allow_is_not_offered(
    cast: Cast, acts: Sequence[str], shown: str, hidden: str
) -> None:
    consent = cast.grant()
    page = text_of(bram_for_anna(cast, acts=acts).get(f"/my/consents/{consent.pk}/"))
    assert shown in page
    assert hidden not in page


def test_and_pressing_it_all_the_same_does_nothing(cast: Cast) -> None:
    consent = cast.grant()
    bram = bram_for_anna(cast, acts=[Act.CHANGE])
    assert bram.post(f"/my/consents/{consent.pk}/").status_code == 403
    consent.refresh_from_db()
    assert consent.state == State.GIVEN
