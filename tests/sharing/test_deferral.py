"""What a deferred case leaves for its citizen to see: nothing, in any place, until its day."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Deferral, DeferralState, Record
from audit.services.deferral import ask_deferral, decide_deferral, end_deferrals
from consent.models import Approval, Consent, Mail, Member, Role
from consent.services.members import add_member
from sharing.export.parts import consents, requests
from sharing.pages.deferrals import viewer_of
from sharing.release_outcome import ReleaseOutcome
from sharing.services.deletion import confirm_deletion
from sharing.services.release import release
from tests.cast import BRAM_BSN, SIZE, Cast
from tests.pages import nothing_written, queries_of, signed_in, text_of

CASE = "Z-2026-1"
DESK = "/desk/deferrals/"
OVERSIGHT = "/oversight/deferrals/"


@pytest.fixture
def ingrid(cast: Cast) -> Member:
    """The approver of the municipality."""
    return add_member(
        subject="ingrid",
        display_name="Ingrid",
        organisation=cast.municipality,
        role=Role.APPROVER,
        department="Toezicht",
    )


@pytest.fixture
def deferred(cast: Cast, ingrid: Member) -> Deferral:
    asked = ask_deferral(
        by=viewer_of(cast.daan),
        case=CASE,
        ground="supervision",
        reason="De controle liep nog.",
        until=timezone.now() + timedelta(days=20),
    )
    return decide_deferral(by=viewer_of(ingrid), deferral_id=asked.pk, approve=True)


def read(cast: Cast, case: str = CASE, key: str = "1") -> ReleaseOutcome:
    asked = cast.ask(SIZE, case=case)
    return release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=key)


def history(cast: Cast) -> str:
    return text_of(signed_in(cast.anna.account).get("/my/history/"))


def test_the_access_is_in_the_log_and_not_in_any_place_of_the_citizen(cast: Cast, deferred: Deferral) -> None:
    consent = cast.grant(uses=5)
    assert read(cast, case="Z-2026-9").released
    assert read(cast, key="2").released
    assert Record.objects.kept_back(timezone.now()).count() == 2, "the request and the release"
    assert "Z-2026-9" in history(cast)
    assert CASE not in history(cast)
    client = signed_in(cast.anna.account)
    entries = client.get("/api/v1/entries").json()["results"]
    assert entries
    assert CASE not in {one["case"] for one in entries}
    card = text_of(client.get(f"/my/consents/{consent.pk}/"))
    assert "1 van 5, nog 4" in card
    detail = client.get(f"/api/v1/consents/{consent.pk}").json()
    assert (detail["usesTaken"], detail["usesLeft"]) == (1, 4)
    assert [one["usesTaken"] for one in client.get("/api/v1/consents").json()["results"]] == [1]
    assert [one["usesTaken"] for one in consents(cast.anna)] == [1]
    assert [one["case"] for one in requests(cast.anna)] == ["Z-2026-9"]
    assert Consent.objects.get(pk=consent.pk).uses_taken == 2


def test_on_its_day_everything_is_there_with_the_reason(
    cast: Cast, deferred: Deferral, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = cast.grant(uses=5, validUntil=(timezone.now() + timedelta(days=60)).isoformat())
    read(cast)
    monkeypatch.setattr(timezone, "now", lambda: deferred.until)
    assert end_deferrals() == 1
    said = history(cast)
    assert CASE in said
    assert "De controle liep nog." in said
    assert "UAVG 41(1)(h)" in said
    assert [one["usesTaken"] for one in consents(cast.anna)] == [1]
    assert Consent.objects.get(pk=consent.pk).uses_taken == 1


def test_who_shared_to_be_told_each_time_is_told_or_nothing_is_read(cast: Cast, deferred: Deferral) -> None:
    cast.grant(tellMe=True)
    outcome = read(cast)
    assert outcome.released is None
    assert [one.code for one in outcome.verdicts if not one.holds] == ["tell-me"]
    assert not Mail.objects.filter(kind=Mail.Kind.USED).exists()


def test_no_question_is_put_that_would_tell_of_it(cast: Cast, deferred: Deferral) -> None:
    cast.ask(bsn=BRAM_BSN)
    assert not Consent.objects.of_citizen(cast.bram).exists()
    cast.grant(askMe=True)
    assert read(cast).released is None
    assert not Approval.objects.exists()


def test_the_deletion_of_what_was_kept_back_is_kept_back(cast: Cast, deferred: Deferral) -> None:
    cast.grant(keep={"days": 7})
    outcome = read(cast)
    assert outcome.released
    confirm_deletion(actor=cast.daan.as_actor(), release_id=outcome.released.id)
    assert CASE not in history(cast)
    assert Record.objects.kept_back(timezone.now()).filter(action="sharing.deleted").exists()


def test_lifted_the_citizen_sees_it_at_once(cast: Cast, deferred: Deferral) -> None:
    cast.grant()
    read(cast)
    gijs = signed_in(cast.gijs.account)
    assert gijs.post(f"{OVERSIGHT}{deferred.pk}/lift/").status_code == 302
    assert Deferral.objects.get().state == DeferralState.LIFTED
    assert CASE in history(cast)


# --- The desk -----------------------------------------------------------------------------------------------------


def form(**changes: str) -> dict[str, str]:
    until = timezone.localdate() + timedelta(days=9)
    return {"case": CASE, "ground": "supervision", "reason": "De controle liep nog.", "until": f"{until}", **changes}


def test_it_is_asked_and_approved_at_the_desk(cast: Cast, ingrid: Member) -> None:
    daan, approver = signed_in(cast.daan.account), signed_in(ingrid.account)
    assert daan.post(DESK, form()).status_code == 302
    asked = Deferral.objects.get()
    assert timezone.localdate(asked.until) == timezone.localdate() + timedelta(days=10), "the day after the last"
    assert "Wacht op goedkeuring" in text_of(daan.get(DESK))
    assert approver.post(f"{DESK}{asked.pk}/decide/", {"decision": "approve"}).status_code == 302
    assert Deferral.objects.get().state == DeferralState.APPROVED


def test_mistakes_are_named_and_nothing_is_written(cast: Cast, ingrid: Member) -> None:
    daan = signed_in(cast.daan.account)
    days = ({"until": "1900-01-01"}, {"until": "9999-12-31"}, {"until": "soon"})
    for changes in (*days, {"ground": "because"}, {"case": ""}, {"reason": ""}):
        with nothing_written():
            answer = daan.post(DESK, form(**changes))
        assert answer.status_code == 400
        assert "nog niet opgeslagen" in text_of(answer)


def test_others_neither_ask_nor_decide(cast: Cast, ingrid: Member) -> None:
    for account in (cast.anna.account, cast.hanna.account, cast.femke.account):
        assert signed_in(account).get(DESK).status_code == 403
        assert signed_in(account).post(DESK, form()).status_code == 403
    # An approver alone asks nothing.
    signed_in(ingrid.account).post(DESK, form())
    assert not Deferral.objects.exists()
    signed_in(cast.daan.account).post(DESK, form())
    path = f"{DESK}{Deferral.objects.get().pk}/decide/"
    for account in (cast.daan.account, cast.eva.account):
        assert signed_in(account).post(path, {"decision": "approve"}).status_code == 403
    assert signed_in(ingrid.account).post(path, {"decision": "perhaps"}).status_code == 400
    assert Deferral.objects.get().state == DeferralState.ASKED


def test_another_organisation_sees_none_and_decides_none(cast: Cast, deferred: Deferral) -> None:
    stranger = add_member(
        subject="otto", display_name="Otto", organisation=cast.police, role=Role.APPROVER, department="Recherche"
    )
    client = signed_in(stranger.account)
    assert CASE not in text_of(client.get(DESK))
    assert client.post(f"{DESK}{deferred.pk}/decide/", {"decision": "refuse"}).status_code == 404


# --- The oversight and the register -------------------------------------------------------------------------------


def test_auditors_see_them_with_numbers_and_only_the_privacy_officer_lifts(cast: Cast, deferred: Deferral) -> None:
    cast.grant()
    read(cast)
    hanna = signed_in(cast.hanna.account)
    page = text_of(hanna.get(OVERSIGHT))
    assert CASE in page
    assert "Laat de inwoners het nu zien" not in page
    assert hanna.post(f"{OVERSIGHT}{deferred.pk}/lift/").status_code == 403
    assert "Laat de inwoners het nu zien" in text_of(signed_in(cast.gijs.account).get(OVERSIGHT))
    assert Deferral.objects.get().state == DeferralState.APPROVED


def test_everybody_reads_how_much_is_kept_back(cast: Cast, deferred: Deferral) -> None:
    cast.grant()
    read(cast)
    page = text_of(Client().get("/register/"))
    assert "Regels die inwoners nog niet zien 2" in page
    assert CASE not in page


def test_a_page_asks_as_much_for_one_as_for_many(cast: Cast, deferred: Deferral) -> None:
    client, desk = signed_in(cast.gijs.account), signed_in(cast.daan.account)
    few = queries_of(client, OVERSIGHT), queries_of(desk, DESK)
    for number in range(5):
        desk.post(DESK, form(case=f"Z-{number}"))
    desk.get(DESK)  # what was said of the last one
    assert (queries_of(client, OVERSIGHT), queries_of(desk, DESK)) == few
