"""The public register of purposes."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from consent.models import LegalBasis, Purpose, PurposeVersion
from consent.services.purposes import AskedField, draft_purpose
from tests.cast import Cast
from tests.pages import nothing_written, queries_of, text_of
from tests.purposes import review_and_publish


def publish(cast: Cast, slug: str, title: str = "Straatwerk", *, published: bool = True) -> PurposeVersion:
    version = draft_purpose(
        author=cast.femke.account,
        organisation=cast.municipality,
        slug=slug,
        texts={language: {**cast.energy.text(language), "title": title} for language in ("nl", "en")},
        legal_basis=LegalBasis.CONSENT,
        fields=[AskedField(cast.household, "/size", required=True, reason={"nl": "Omdat.", "en": "Because."})],
        recipients=[cast.municipality.oin],
        longest_validity_days=30,
        most_uses=None,
        retention_days=30,
        processing_activity="https://voorbeeldstad.example/processing/works",
        dpia_reference="DPIA-2026-02",
        dpia_review_on=timezone.localdate() + timedelta(days=365),
        storage_place={"nl": "In Nederland.", "en": "In the Netherlands."},
        automated_decisions={"nl": "Een mens beslist.", "en": "A person decides."},
        power_imbalance_assessment="Nobody needs to say yes.",
    )
    return review_and_publish(cast, version) if published else version


def test_anybody_reads_which_purposes_there_are(cast: Cast) -> None:
    publish(cast, "street-works")
    publish(cast, "secret-plan", "Geheim plan", published=False)
    with nothing_written():
        answer = Client().get("/register/")
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Energietoeslag" in page
    assert "Straatwerk" in page
    assert "Geheim plan" not in page


def test_a_purpose_shows_its_whole_text_and_its_seals(cast: Cast) -> None:
    page = text_of(Client().get("/register/energy-allowance/"))
    for part in (
        "Gemeente Voorbeeldstad",
        "Stadhuisplein 1, Voorbeeldstad",
        "fg@voorbeeldstad.example",
        "Wij rekenen uit of u geld krijgt.",
        "Dan vraagt u het op papier.",
        "Wie er woont telt mee.",
        "nodig voor dit doel",
        "hoogstens 5000 keer",
        "365 dagen",
        "90 dagen",
        "DPIA-2026-01",
        *cast.energy.notice_hashes.values(),
    ):
        assert part in page, part


def test_it_is_there_in_english_too(cast: Cast) -> None:
    answer = Client().get("/register/energy-allowance/", headers={"accept-language": "en"})
    assert '<html lang="en"' in answer.content.decode()
    assert "We work out whether you get money." in text_of(answer)


def test_an_older_version_stays_readable(cast: Cast) -> None:
    publish(cast, "energy-allowance", "Energietoeslag nieuw")
    assert "Energietoeslag nieuw" in text_of(Client().get("/register/energy-allowance/"))
    older = text_of(Client().get("/register/energy-allowance/?version=1"))
    assert "Energietoeslag nieuw" not in older
    assert "Dit is een oudere versie" in older
    assert cast.energy.notice_hashes["nl"] in older


def test_a_retired_purpose_says_so(cast: Cast) -> None:
    Purpose.objects.update(retired_at=timezone.now())
    assert "Niet meer in gebruik" in text_of(Client().get("/register/"))
    assert "Niemand mag nog gegevens vragen" in text_of(Client().get("/register/energy-allowance/"))


def test_unknown_purposes_versions_and_drafts_are_not_found(cast: Cast) -> None:
    publish(cast, "secret-plan", published=False)
    for path in ("nothing/", "secret-plan/", "energy-allowance/?version=2", "energy-allowance/?version=x"):
        assert Client().get(f"/register/{path}").status_code == 404, path


def test_more_purposes_take_no_more_queries(cast: Cast) -> None:
    few = queries_of(Client(), "/register/")
    for number in range(5):
        publish(cast, f"works-{number}")
    assert queries_of(Client(), "/register/") == few


def test_what_is_only_there_in_dutch_says_so(cast: Cast) -> None:
    publish(cast, "street-works")
    page = Client().get("/register/street-works/", headers={"accept-language": "en"})
    assert "Why you can freely say no (in Dutch)" in text_of(page)
    assert '<dd lang="nl">Nobody needs to say yes.</dd>' in page.content.decode()
    assert "(in" not in text_of(Client().get("/register/street-works/")).partition("Waarom u vrij nee")[2][:20]
