"""What citizens see of what was asked, what they share, and who looked."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import Consent
from consent.services.answer import grant_consent
from sharing.services.release import release
from tests.cast import INCOME, SIZE, Cast
from tests.consent.test_pages_register import publish
from tests.pages import nothing_written, queries_of, signed_in, text_of


@pytest.fixture
def anna(cast: Cast) -> Client:
    return signed_in(cast.anna.account)


def read(cast: Cast, times: int = 1) -> None:
    asked = cast.ask()
    for number in range(times):
        release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=f"{asked.pk}-{number}")


def test_before_anything_happened(anna: Client) -> None:
    page = text_of(anna.get("/my/"))
    assert "Niemand wacht op een antwoord van u" in page
    assert "U deelt op dit moment niets" in page


def test_a_question_waits(cast: Cast, anna: Client) -> None:
    cast.ask()
    with nothing_written():
        page = anna.get("/my/")
    assert 'href="/my/purposes/energy-allowance/"' in page.content.decode()
    assert "Zolang u niet antwoordt, wordt er niets gedeeld" in text_of(page)


def test_what_is_shared_with_what_is_left_of_it(cast: Cast, anna: Client) -> None:
    consent = cast.grant(uses=3)
    read(cast)
    page = text_of(anna.get("/my/"))
    assert "1 van 3, nog 2 over" in page
    assert "Size, Amount" in page
    assert f"/my/consents/{consent.pk}/" in anna.get("/my/").content.decode()


def test_a_consent_whose_end_has_come_is_over_before_the_beat_swept_it(cast: Cast, anna: Client) -> None:
    cast.grant()
    Consent.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    page = text_of(anna.get("/my/"))
    assert "U deelt op dit moment niets" in page
    assert "Vanzelf geëindigd" in page


def test_the_last_day_is_the_one_that_was_chosen(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    ends_at(consent, datetime(2099, 11, 25, 23, tzinfo=UTC))
    for path in ("/my/", f"/my/consents/{consent.pk}/"):
        assert "Hoe lang Tot en met 25 november 2099" in text_of(anna.get(path))
    anna.cookies["language"] = "en"
    assert "Up to and including 25 November 2099" in text_of(anna.get("/my/"))
    ends_at(consent, datetime(2099, 11, 25, 12, 30, tzinfo=UTC))
    assert "Until 25 November 2099 13:30" in text_of(anna.get("/my/"))


def ends_at(consent: Consent, moment: datetime) -> None:
    conditions = {**consent.conditions, "validUntil": moment.isoformat()}
    Consent.objects.update(ends_at=moment, conditions=conditions)


def test_the_timeline_says_who_looked_and_why_not(cast: Cast, anna: Client) -> None:
    cast.grant(uses=1)
    read(cast, times=2)
    page = text_of(anna.get("/my/"))
    for part in (
        "Een organisatie heeft gegevens bekeken",
        "Een organisatie wilde gegevens bekijken",
        "Geweigerd",
        "Dit mocht 1 keer. Die keer is gebruikt.",
        "Gemeente Voorbeeldstad, werk-en-inkomen (behandelaar)",
        "Energietoeslag",
        "Zaak Z-2026-1",
        "Size, Amount",
    ):
        assert part in page, part
    assert "Daan" not in page


def test_fields_have_their_titles_in_a_reason(cast: Cast, anna: Client) -> None:
    cast.grant(fields=[SIZE])
    read(cast)
    page = text_of(anna.get("/my/"))
    assert "Niet gedeeld: Amount." in page
    assert INCOME not in page


def test_nobody_sees_what_happened_to_another(cast: Cast) -> None:
    consent = cast.grant()
    read(cast)
    bram = signed_in(cast.bram.account)
    for path in ("/my/", "/my/history/"):
        page = bram.get(path)
        assert "Z-2026-1" not in text_of(page)
        assert str(consent.pk) not in page.content.decode()


def test_one_consent_has_its_own_timeline(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    read(cast)
    page = text_of(anna.get(f"/my/consents/{consent.pk}/"))
    assert "Een organisatie heeft gegevens bekeken" in page
    assert "Stop met deze gegevens delen" in page
    assert consent.notice_hash in page


def test_the_history_goes_on_page_after_page(cast: Cast, anna: Client) -> None:
    cast.grant(uses=10)
    for _time in range(26):
        read(cast)
    first = anna.get("/my/history/")
    older = first.content.decode().partition('href="?before=')[2].partition('"')[0]
    second = anna.get(f"/my/history/?before={older}")
    seen = [answer.content.decode().count(' id="line-') for answer in (first, second)]
    assert seen[0] == 50
    assert 0 < seen[1] < 50


@pytest.mark.parametrize("place", ["x", "2026-01-01_x", "2026-01-01T00:00:00_01933b6e-0000-7000-8000-000000000000"])
def test_a_place_that_is_none_is_refused(anna: Client, place: str) -> None:
    with nothing_written():
        assert anna.get(f"/my/history/?before={place}").status_code == 400


def test_more_to_show_takes_no_more_queries(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    read(cast)
    paths = ("/my/", "/my/history/", f"/my/consents/{consent.pk}/")
    few = [queries_of(anna, path) for path in paths]
    for number in range(3):
        works = publish(cast, f"works-{number}", f"Straatwerk {number}")
        grant_consent(
            citizen=cast.anna,
            purpose_version_id=works.pk,
            terms=cast.terms(fields=[SIZE]),
            language="nl",
            notice_hash=works.notice_hashes["nl"],
        )
    read(cast, times=5)
    assert [queries_of(anna, path) for path in paths] == few
