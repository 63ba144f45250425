"""Checkpoints are for everyone: the more people keep one, the less can be changed."""

import base64

import pytest
from django.test import Client

from audit.models import Checkpoint
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
    assert set(answer) == {"size", "root", "checkpoint", "signedAt"}


def test_a_size_that_was_not_signed_is_not_found(client: Client, log: None) -> None:
    for size in ("3", "999999999999999999999999", "-1", "two"):
        assert client.get(f"/api/v1/checkpoints/{size}").status_code == 404


def test_they_can_only_be_read(client: Client, log: None) -> None:
    for method in (client.post, client.put, client.patch, client.delete):
        assert method("/api/v1/checkpoints").status_code == 405
        assert method("/api/v1/checkpoints/2").status_code == 405
    assert Checkpoint.objects.count() == 2
