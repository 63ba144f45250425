"""Whoever may see an entry gets its proof, as JSON and as a C2SP file, once it has its place."""

import base64
import json
from uuid import UUID

import pytest
from django.test import Client

from audit.entry import commit_to_entry, read_entry
from audit.models import Record
from audit.signing.checkpoint import open_checkpoint
from audit.signing.log_key import load_verifier
from audit.tree.merkle import check_inclusion, hash_leaf
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, append, grow
from tests.audit.people import AS_ANNA, AS_BRAM, AS_HANNA


@pytest.fixture
def entry_id(committed_db: object, look_as: LookAs) -> UUID:
    """Anna's entry, among others."""
    grow(5)
    (appended,) = grow(1, subject=ANNA)
    grow(300)
    look_as(AS_ANNA)
    return appended.id


def test_a_stranger_can_check_it_from_the_parts(client: Client, entry_id: UUID) -> None:
    answer = client.get(f"/api/v1/entries/{entry_id}/proof", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    proof = answer.json()
    assert set(proof) == {"entryId", "salt", "canonical", "leafIndex", "treeSize", "hashes", "checkpoint"}
    canonical = base64.b64decode(proof["canonical"])
    head = open_checkpoint(proof["checkpoint"], load_verifier())
    check_inclusion(
        leaf_hash=hash_leaf(commit_to_entry(base64.b64decode(proof["salt"]), canonical)),
        index=proof["leafIndex"],
        size=proof["treeSize"],
        proof=[base64.b64decode(one) for one in proof["hashes"]],
        root=head.root,
    )
    assert (proof["leafIndex"], proof["treeSize"]) == (5, head.size)
    assert str(read_entry(canonical).id) == proof["entryId"] == str(entry_id)


def test_it_is_a_proof_file_for_who_asks_for_text(client: Client, entry_id: UUID) -> None:
    answer = client.get(f"/api/v1/entries/{entry_id}/proof", headers={"Accept": "text/plain"})
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    record = Record.objects.get(entry_id=entry_id)
    assert base64.b64decode(lines[1].removeprefix("extra ")) == bytes(record.salt) + bytes(record.canonical)
    assert lines[2] == "index 5"
    assert open_checkpoint(answer.content.decode().partition("\n\n")[2], load_verifier()).size == 306


def test_the_sealed_name_is_not_in_it(client: Client, entry_id: UUID) -> None:
    proof = client.get(f"/api/v1/entries/{entry_id}/proof").json()
    sealed = bytes(Record.objects.get(entry_id=entry_id).user_sealed)
    canonical = base64.b64decode(proof["canonical"])
    assert sealed not in canonical
    assert base64.b64encode(sealed) not in canonical


def test_it_is_nobody_elses(client: Client, entry_id: UUID, look_as: LookAs) -> None:
    look_as(AS_BRAM)
    for accept in ("application/json", "text/plain"):
        answer = client.get(f"/api/v1/entries/{entry_id}/proof", headers={"Accept": accept})
        assert answer.status_code == 404
        assert json.loads(answer.content)["code"] == "not-found"


def test_an_auditor_who_takes_one_is_logged(client: Client, entry_id: UUID, look_as: LookAs) -> None:
    look_as(AS_HANNA)
    assert client.get(f"/api/v1/entries/{entry_id}/proof").status_code == 200
    look = Record.objects.get(action="audit.log-read")
    assert (look.entry.related, look.subject) == (entry_id, ANNA)


def test_an_entry_that_waits_has_none_yet(client: Client, entry_id: UUID) -> None:
    (waiting,) = append()
    answer = client.get(f"/api/v1/entries/{waiting.id}/proof")
    assert answer.status_code == 409
    assert answer.json()["code"] == "not-in-log-yet"
