"""What an organisation does not get to know from a refusal."""

from django.test import Client as Browser

from consent.models import Consent
from consent.services.offer import make_offer
from tests.api import token_for
from tests.cast import INCOME, Cast
from tests.consent.test_mandates import guardian_of_anna


def municipality(cast: Cast) -> Browser:
    return Browser(headers={"authorization": f"Bearer {token_for(cast.municipal_system)}", "accept-language": "en"})


def test_an_offer_that_does_not_hold_any_more_does_not_say_that_it_is_of_a_child(cast: Cast) -> None:
    cast.ask()
    offer = make_offer(
        citizen=cast.anna,
        consent_id=Consent.objects.get().pk,
        terms=cast.terms(fields=[INCOME]),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
    )
    guardian_of_anna(cast)
    path = f"/api/v1/offers/{offer.pk}/acceptances"
    answer = municipality(cast).post(path, {}, content_type="application/json")
    assert answer.status_code == 409
    assert "16" not in answer.json().get("detail", "")
    assert Consent.objects.get().given_at is None
