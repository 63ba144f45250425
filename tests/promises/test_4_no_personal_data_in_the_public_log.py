"""The public log holds salted commitments; the readable record can be erased, and every proof still verifies."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from django.test import Client as Browser

from audit.models import Leaf, LoggedEntry
from sharing.services.release import release
from tests.audit.log import sequence
from tests.cast import ANNA_BSN, ANNA_INCOME, Cast
from tests.conftest import TestDatabase

CASE = "Z-2026-CANARY"


def look(cast: Cast) -> UUID:
    cast.grant()
    request = cast.ask(case=CASE)
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key-1")
    sequence()
    return outcome.entry_id


def public_log(browser: Browser) -> bytes:
    size = int(browser.get("/audit/log/checkpoint").content.splitlines()[1])
    addresses = ["checkpoint", "key", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"]
    answers = [browser.get(f"/audit/log/{address}") for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return b"".join(answer.getvalue() for answer in answers)


def test_nothing_of_a_person_stands_in_it(committed_cast: Cast) -> None:
    look(committed_cast)
    published = public_log(Browser())
    anna = committed_cast.anna
    canaries = [
        ANNA_BSN,
        str(ANNA_INCOME),
        CASE,
        anna.log_subject,
        str(anna.pk),
        anna.account.display_name,
        committed_cast.daan.account.display_name,
        "energy-allowance",
        committed_cast.municipality.oin,
    ]
    for canary in canaries:
        assert canary.encode() not in published
    assert bytes.fromhex(anna.log_subject) not in published
    assert anna.pk.bytes not in published


def test_a_leaf_is_a_commitment_and_nothing_else(committed_cast: Cast) -> None:
    look(committed_cast)
    size = Leaf.objects.count()
    bundle = Browser().get(f"/audit/log/tile/entries/000.p/{size}").getvalue()
    assert len(bundle) == size * (2 + 32)
    assert all(bytes(entry.commitment) in bundle for entry in LoggedEntry.objects.all())


def test_after_an_erasure_the_proof_still_verifies(
    committed_cast: Cast, database: TestDatabase, tmp_path: Path
) -> None:
    entry_id = look(committed_cast)
    anna = Browser()
    anna.force_login(committed_cast.anna.account)
    address = f"/api/v1/entries/{entry_id}/proof"
    proof = tmp_path / "proof.json"
    proof.write_bytes(anna.get(address, headers={"accept": "application/json"}).content)
    assert json.loads(proof.read_text())["leafIndex"] >= 0
    with database.connect() as owner:
        owner.execute("SET ROLE deelwijs_eraser")
        owner.execute("DELETE FROM audit_record WHERE entry_id = %s", [entry_id])
    key = Browser().get("/audit/log/key").content.decode().strip()
    checked = subprocess.run(
        [sys.executable, "audit/standalone_verifier.py", "proof", proof, "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert anna.get(address).status_code == 404
