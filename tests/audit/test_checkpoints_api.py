"""Checkpoints are for everyone: the more people keep one, the less can be changed."""

import base64
from typing import Any

import pytest
from django.test import Client

from audit.models import Checkpoint
from audit.tree.merkle import ProofFailed, check_consistency
from tests.audit.log import grow


@pytest.fixture
def log(committed_db: object) -> None:
    grow(2)
    grow(3)


def test_they_are_listed_newest_first(client: Client, log: None) -> None:
    listed = client.get("/api/v1/checkpoints").json()["results"]
    assert [checkpoint["size"] for checkpoint in listed] == [5, 2]
    assert listed[0]["checkpoint"] == client.get("/audit/log/checkpoint").content.decode()


def test_one_is_read_by_its_size(client: Client, log: None) -> None:
    answer = client.get("/api/v1/checkpoints/2").json()
    stored = Checkpoint.objects.get(size=2)
    assert base64.b64decode(answer["root"]) == bytes(stored.root)
    assert set(answer) == {"size", "root", "checkpoint", "signedAt", "cosignatures"}
    assert answer["cosignatures"] == []


def test_a_size_that_was_not_signed_is_not_found(client: Client, log: None) -> None:
    for size in ("3", "999999999999999999999999", "-1", "two"):
        assert client.get(f"/api/v1/checkpoints/{size}").status_code == 404


def test_they_can_only_be_read(client: Client, log: None) -> None:
    for method in (client.post, client.put, client.patch, client.delete):
        assert method("/api/v1/checkpoints").status_code == 405
        assert method("/api/v1/checkpoints/2").status_code == 405
    assert Checkpoint.objects.count() == 2


def test_the_log_proves_that_it_only_grew(client: Client, log: None) -> None:
    old, new = (client.get(f"/api/v1/checkpoints/{size}").json() for size in (2, 5))
    proof = client.get("/api/v1/checkpoints/5/consistency-proof?oldSize=2").json()
    assert set(proof) == {"oldSize", "size", "hashes", "checkpoint"}
    claim: dict[str, Any] = {
        "old_size": 2,
        "old_root": base64.b64decode(old["root"]),
        "size": 5,
        "proof": [base64.b64decode(one) for one in proof["hashes"]],
    }
    check_consistency(**claim, root=base64.b64decode(new["root"]))
    with pytest.raises(ProofFailed):
        check_consistency(**claim, root=bytes(32))


@pytest.mark.parametrize("query", ["", "?oldSize=0", "?oldSize=6", "?oldSize=two", "?oldSize=99999999999999999999"])
def test_an_older_log_that_is_none_is_refused(client: Client, log: None, query: str) -> None:
    answer = client.get(f"/api/v1/checkpoints/5/consistency-proof{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/oldSize"


def test_nothing_is_proved_of_a_size_that_was_not_signed(client: Client, log: None) -> None:
    assert client.get("/api/v1/checkpoints/4/consistency-proof?oldSize=2").status_code == 404
