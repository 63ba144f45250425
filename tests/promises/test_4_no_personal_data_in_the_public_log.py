"""The public log holds salted commitments; the readable record can be erased, and every proof still verifies."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from django.test import Client as Browser

from audit.models import ErasureOrder, Leaf, LoggedEntry, Record
from audit.people import Viewer
from audit.roles import ERASER
from audit.services.erase import erase_due
from audit.services.erasure_order import approve_erasure, order_erasure
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from sharing.services.release import release
from tests.audit.log import sequence, signed_in_as
from tests.cast import ANNA_BSN, ANNA_INCOME, Cast
from tests.conftest import TestDatabase
from tests.promises.searching import Canary, traces

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
    erase_all_about_anna(committed_cast)
    key = Browser().get("/audit/log/key").content.decode().strip()
    checked = subprocess.run(
        [sys.executable, "audit/standalone_verifier.py", "proof", proof, "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert anna.get(address).status_code == 410
    sequence()
    result = verify_log(verifier=load_verifier())
    assert result.discrepancy is None
    assert result.erased > 0


def test_of_what_was_erased_nothing_readable_is_left(committed_cast: Cast, database: TestDatabase) -> None:
    """In no table of the log and in no partition: neither the text, nor the salt that would prove a guess."""
    entry_id = look(committed_cast)
    record = Record.objects.get(entry_id=entry_id)
    canaries = [
        Canary("text", bytes(record.canonical)),
        Canary("salt", bytes(record.salt)),
        Canary("salt of the name", bytes(record.user_salt)),
        Canary("pseudonym", bytes.fromhex(record.subject)),
        Canary("pseudonym in letters", record.subject),
        Canary("trace", record.trace_id),
    ]
    assert {name for name, _ in traces(canaries, tables_of_the_log(database))} == {one.name for one in canaries}
    erase_all_about_anna(committed_cast)
    assert traces(canaries, tables_of_the_log(database)) == set()


def erase_all_about_anna(cast: Cast) -> None:
    """Erase every record about Anna, by a ruling that two people carried into an order."""
    officer, second = (
        Viewer(kind="auditor", organisations=None, organisation="", role="privacy-officer", person=person)
        for person in ("one", "two")
    )
    order = order_erasure(
        viewer=officer,
        ground=ErasureOrder.Ground.RULING,
        reference="C/16/2026/1",
        subject=cast.anna.log_subject,
    )
    approve_erasure(viewer=second, order_id=order.id)
    with signed_in_as(ERASER):
        erase_due()
    assert not Record.objects.about(cast.anna.log_subject).exists()


def tables_of_the_log(database: TestDatabase) -> dict[str, bytes]:
    """Return what the owner can read of every table of the log, row by row as text."""
    with database.connect() as owner:
        named = owner.execute("SELECT oid::regclass::text FROM pg_class WHERE relname LIKE 'audit%' AND relkind = 'r'")
        return {
            table: "\n".join(row for (row,) in owner.execute(f"SELECT t::text FROM {table} t").fetchall()).encode()  # noqa: S608
            for (table,) in named.fetchall()
        }
