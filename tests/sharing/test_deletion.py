"""The duty to delete: noted with the release, confirmed by the recipient, seen by the citizen."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from joserfc import jws

from audit.models import Record
from consent.models import Consent
from consent.receipts.signing_key import load_signing_key
from consent.services.change import withdraw_consent
from sharing.errors import NothingToDelete, ReleaseNotFound
from sharing.models import Deletion
from sharing.release_outcome import Released
from sharing.services.deletion import confirm_deletion
from sharing.services.release import release
from tests.api import token_for
from tests.cast import ANNA_BSN, ANNA_INCOME, Cast
from tests.pages import actions, nothing_written, queries_of, signed_in, text_of

NOBODYS = "01933b6e-0000-7000-8000-000000000000"


def read(cast: Cast, key: str = "key-1", case: str = "Z-1") -> Released:
    request = cast.ask(case=case)
    return release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=key).data_or_refusal()


def post(cast: Cast, release_id: object, *, token: str | None = None, body: Any = None) -> Any:
    token = token or token_for(cast.municipal_system)
    return Browser().post(
        f"/api/v1/releases/{release_id}/deletions",
        {} if body is None else body,
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )


def test_a_confirmation_is_logged_and_signed(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    answer = post(cast, made.id)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"releaseId", "deleteBefore", "confirmedAt", "entryId", "receipt"}
    record = Record.objects.get(pk=body["entryId"])
    assert (record.action, record.outcome, record.subject) == ("sharing.deleted", "allowed", cast.anna.log_subject)
    token = jws.deserialize_compact(body["receipt"], load_signing_key(), algorithms=["Ed25519"])
    assert token.headers()["typ"] == "vnd.deelwijs.deletion-receipt+jws"
    receipt = json.loads(token.payload)
    assert (receipt["releaseId"], receipt["entryId"]) == (str(made.id), body["entryId"])
    assert receipt["organisation"] == cast.municipality.oin
    for secret in (ANNA_BSN, str(ANNA_INCOME), made.pseudonym):
        assert secret not in token.payload.decode()


def test_confirmed_twice_is_confirmed_once(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    first, again = post(cast, made.id), post(cast, made.id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert actions().count(("sharing.deleted", "allowed")) == 1


def test_a_release_without_a_duty_has_nothing_to_confirm(cast: Cast) -> None:
    cast.grant()
    made = read(cast)
    with nothing_written():
        answer = post(cast, made.id)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-delete")
    with pytest.raises(NothingToDelete):
        confirm_deletion(actor=cast.daan.as_actor(), release_id=made.id)


def test_another_organisations_release_and_none_are_the_same(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    token = token_for(cast.police_system)
    assert [post(cast, one, token=token).status_code for one in (made.id, uuid4())] == [404, 404]
    for release_id in (made.id, uuid4()):
        with pytest.raises(ReleaseNotFound):
            confirm_deletion(actor=cast.eva.as_actor(), release_id=release_id)
    assert Deletion.objects.due().count() == 1


@pytest.mark.parametrize("body", [{"deleted": True}, [], "yes"])
def test_a_confirmation_with_more_in_it_is_refused(cast: Cast, body: Any) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    with nothing_written():
        assert post(cast, made.id, body=body).status_code == 400


def test_a_token_without_the_scope_confirms_nothing(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    assert post(cast, made.id, token=token_for(cast.municipal_system, scopes="requests:write")).status_code == 403
    assert Deletion.objects.due().count() == 1


def test_a_duty_is_not_undone_by_a_get(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    daan = signed_in(cast.daan.account)
    for path in (f"/api/v1/releases/{made.id}/deletions", f"/desk/releases/{made.id}/deletion/"):
        with nothing_written():
            assert daan.get(path).status_code == 405


def test_a_system_sees_what_it_is_to_delete(cast: Cast) -> None:
    cast.grant()
    free = read(cast, "key-0")
    withdraw_consent(citizen=cast.anna, consent_id=Consent.objects.get().pk)
    cast.grant(keep={"days": 3})
    made = read(cast)
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}

    def listed() -> dict[str, Any]:
        found = Browser().get("/api/v1/releases", headers=headers).json()["results"]
        return {one["id"]: (one["deleteBefore"] is not None, one["deletedAt"] is not None) for one in found}

    assert listed() == {str(made.id): (True, False), str(free.id): (False, False)}
    post(cast, made.id)
    assert listed() == {str(made.id): (True, True), str(free.id): (False, False)}
    assert Browser().get(f"/api/v1/releases/{free.id}", headers=headers).json()["deleteBefore"] is None


# --- The desk ---


def test_the_desk_lists_what_is_to_be_deleted_until_it_is(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast, case="Z-77")
    daan = signed_in(cast.daan.account)
    daan.cookies["language"] = "en"
    page = text_of(daan.get("/desk/"))
    assert "To delete" in page
    assert "We deleted it (Z-77" in page
    done = daan.post(f"/desk/releases/{made.id}/deletion/")
    assert done.status_code == 200
    assert "Deletion confirmed" in text_of(done)
    again = daan.post(f"/desk/releases/{made.id}/deletion/")
    assert text_of(done) == text_of(again)
    assert "To delete" not in text_of(daan.get("/desk/"))
    assert actions().count(("sharing.deleted", "allowed")) == 1


def test_the_desk_of_another_organisation_cannot_confirm(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    eva = signed_in(cast.eva.account)
    assert [eva.post(f"/desk/releases/{one}/deletion/").status_code for one in (made.id, NOBODYS)] == [404, 404]
    assert "Z-1" not in text_of(eva.get("/desk/"))
    assert Deletion.objects.due().count() == 1


def test_a_confirmation_from_another_site_is_refused(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    made = read(cast)
    daan = signed_in(cast.daan.account, enforce_csrf_checks=True)
    assert daan.post(f"/desk/releases/{made.id}/deletion/").status_code == 403
    assert Deletion.objects.due().count() == 1


def test_more_to_delete_takes_no_more_queries(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    read(cast)
    daan = signed_in(cast.daan.account)
    few = queries_of(daan, "/desk/")
    for number in range(4):
        read(cast, f"more-{number}")
    assert queries_of(daan, "/desk/") == few


def test_the_resident_sees_that_it_was_deleted(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    confirm_deletion(actor=cast.daan.as_actor(), release_id=read(cast).id)
    anna = signed_in(cast.anna.account)
    anna.cookies["language"] = "en"
    assert "An organisation says that it deleted your data" in text_of(anna.get("/my/history/"))
