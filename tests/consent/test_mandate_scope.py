"""How far a mandate reaches: over its purposes, and over a person's own pages only for a guardian."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from consent.errors import InvalidConsent
from consent.lifecycle import State
from consent.models import Act, Consent, Mandate
from consent.services.answer import grant_consent
from consent.services.approval import ask_approval
from consent.services.mandates import record_representative
from sharing.models import Erasure, Export, VaultRecord
from sharing.services.export import ask_export
from tests.cast import ANNA_BSN, ANNA_INCOME, BRAM_BSN, Cast
from tests.consent.answering import ENERGY, answer_form, english
from tests.consent.test_mandates import guardian_of_anna, registrar
from tests.pages import text_of
from tests.purposes import publish

ELSEWHERE = "street-works"


def representative(cast: Cast, **limits: Any) -> Mandate:
    """Record that Bram may act for Anna."""
    return record_representative(
        member=registrar(cast),
        citizen_bsn=ANNA_BSN,
        citizen_name="Anna de Vries",
        holder_bsn=BRAM_BSN,
        holder_name="Bram Yilmaz",
        verification=Mandate.Verification.COURT_ORDER,
        reference="C-1",
        **{"purposes": [], "acts": list(Act), "ends_at": timezone.now() + timedelta(days=30), **limits},
    )


def acting(cast: Cast, mandate: Mandate) -> Browser:
    """Return Bram's browser, in which he acts under `mandate`: by his session, and in the API by the header."""
    browser = Browser(headers={"Deelwijs-Mandate": str(mandate.pk)})
    browser.force_login(cast.bram.account)
    session = browser.session
    session["mandate"] = str(mandate.pk)
    session.save()
    browser.cookies["language"] = "en"
    return browser


@pytest.fixture
def limited(cast: Cast) -> Browser:
    publish(cast, ELSEWHERE)
    return acting(cast, representative(cast, purposes=[ELSEWHERE]))


def test_every_list_leaves_other_purposes_out(cast: Cast, limited: Browser) -> None:
    cast.ask()
    cast.grant(askMe=True)
    for path in ("/my/", "/my/ended/", "/my/history/"):
        page = text_of(limited.get(path))
        assert "Energy allowance" not in page
        assert "Z-2026-1" not in page
    for path in ("consents", "approvals"):
        assert limited.get(f"/api/v1/{path}").json()["results"] == []


def test_a_consent_to_another_purpose_is_not_there(cast: Cast, limited: Browser) -> None:
    consent = cast.grant(askMe=True)
    approval = ask_approval(
        consent_id=consent.pk,
        request_id=cast.ask().pk,
        fields=["household#/size"],
        case="Z-1",
        actor=cast.daan.as_actor(),
        at=timezone.now(),
    )
    assert approval is not None
    change = consent.changes.get()
    for path in (
        f"/my/consents/{consent.pk}/",
        f"/my/consents/{consent.pk}/narrow/",
        f"/my/consents/{consent.pk}/renew/",
        f"/my/consents/{consent.pk}/receipts/{change.pk}/",
        f"/my/consents/{consent.pk}/receipts/{change.pk}/receipt.jws",
        f"/my/approvals/{approval.pk}/",
        ENERGY,
        f"/api/v1/consents/{consent.pk}",
        f"/api/v1/consents/{consent.pk}/changes",
        f"/api/v1/consents/{consent.pk}/offers",
        f"/api/v1/consents/{consent.pk}/odrl",
        f"/api/v1/consents/{consent.pk}/changes/{change.pk}/receipt",
    ):
        assert limited.get(path).status_code == 404, path


def test_and_nothing_can_be_done_to_it(cast: Cast, limited: Browser) -> None:
    """Not found, as for an id that nobody has: a refusal would say that it is one of this person's."""
    consent = cast.grant(askMe=True)
    approval = ask_approval(
        consent_id=consent.pk,
        request_id=cast.ask().pk,
        fields=["household#/size"],
        case="Z-1",
        actor=cast.daan.as_actor(),
        at=timezone.now(),
    )
    assert approval is not None
    text = {"language": "nl", "noticeHash": cast.energy.notice_hashes["nl"]}
    bodies: dict[str, dict[str, Any]] = {
        "refusals": {},
        "withdrawals": {},
        "pauses": {},
        "resumptions": {},
        "postponements": {},
        "offer-withdrawals": {},
        "narrowings": {"version": 1, "terms": cast.terms()},
        "renewals": {"version": 1, "validUntil": timezone.now().isoformat(), **text},
        "offers": {"terms": cast.terms(), **text},
    }
    paths = {f"consents/{consent.pk}/{deed}": body for deed, body in bodies.items()}
    paths[f"approvals/{approval.pk}/answers"] = {"allow": True}
    for path, body in paths.items():
        answer = limited.post(f"/api/v1/{path}", body, content_type="application/json")
        assert answer.status_code == 404, (path, answer.content)
    for step in ("", "pause/", "resume/", "take-back/"):
        assert limited.post(f"/my/consents/{consent.pk}/{step}").status_code == 404
    consent.refresh_from_db()
    assert (consent.state, consent.version) == (State.GIVEN, 1)


@pytest.mark.parametrize("purposes", [[], ["energy-allowance"]])
def test_what_is_about_the_person_is_not_for_a_representative(cast: Cast, purposes: list[str]) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["nl"])
    bram = acting(cast, representative(cast, purposes=purposes))
    own = ("/my/data/", "/my/data/vault/income/", f"/my/data/exports/{export.pk}/", "/my/data/erase/")
    for path in own:
        page = bram.get(path)
        assert page.status_code == 403, path
        assert str(ANNA_INCOME) not in text_of(page)
    changed = {"version": 1, "amount": "1", "sure": "yes"}
    for path in ("/my/data/exports/", f"/my/data/exports/{export.pk}/file/", *own[1::2]):
        assert bram.post(path, changed).status_code == 403, path
    assert Export.objects.count() == 1
    assert VaultRecord.objects.get(citizen=cast.anna, dataset_version=cast.income).version == 1


def test_a_guardian_corrects_what_is_about_the_child_and_erases_nothing(cast: Cast) -> None:
    bram = acting(cast, guardian_of_anna(cast))
    for path in ("/my/data/", "/my/data/vault/income/"):
        assert bram.get(path).status_code == 200, path
    assert bram.get("/my/data/erase/").status_code == 403
    assert bram.post("/my/data/erase/", {"sure": "yes", "secret": "s" * 43}).status_code == 403
    assert not Erasure.objects.exists()


def test_preferences_and_mandates_are_of_who_signed_in(cast: Cast) -> None:
    bram = acting(cast, guardian_of_anna(cast))
    bram.post("/my/preferences/", {"change": "quiet", "quiet": "yes"})
    cast.anna.refresh_from_db()
    cast.bram.refresh_from_db()
    assert (cast.anna.quiet, cast.bram.quiet) == (False, True)
    bram.post("/my/mandates/give/", {})
    assert not Mandate.objects.about(cast.bram).exists()


def test_who_may_only_stop_does_not_see_what_would_be_shared(cast: Cast) -> None:
    """A preview opens the vault: it belongs to answering."""
    stops = acting(cast, representative(cast, acts=[Act.WITHDRAW]))
    fields = ["household#/size", "income#/amount"]
    seen = stops.post(ENERGY, answer_form(english(cast), answer="preview", fields=fields))
    assert str(ANNA_INCOME) not in text_of(seen).replace(".", "").replace(",", "")
    assert seen.status_code == 403


def test_whoever_says_yes_for_a_child_it_ends_at_16(cast: Cast) -> None:
    guardian = guardian_of_anna(cast, child_born_on=nearly_sixteen())
    mandate = representative(cast)
    with pytest.raises(InvalidConsent):
        grant_for_anna(cast, mandate, guardian.ends_at + timedelta(days=1))
    assert grant_for_anna(cast, mandate, guardian.ends_at).ends_at == guardian.ends_at


def grant_for_anna(cast: Cast, mandate: Mandate, until: datetime) -> Consent:
    return grant_consent(
        citizen=cast.anna,
        purpose_version_id=cast.energy.pk,
        terms=cast.terms(validUntil=until.isoformat()),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
        mandate=mandate,
    )


def nearly_sixteen() -> date:
    born = timezone.localdate() + timedelta(days=10)
    return born.replace(year=born.year - 16, day=min(born.day, 28))
