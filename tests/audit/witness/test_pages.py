"""Auditors see who watches us and whom we watch; everybody sees who saw the published checkpoint."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Checkpoint, Cosignature, Publication
from audit.people import ANONYMOUS
from audit.services.alarm import raise_alarm
from audit.services.witness import cosign_checkpoint, watch_log
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer
from audit.witness.cosignature import CosigningKey, Kind
from audit.witness.publisher import CONTRADICTED, UNPUBLISHED
from deploy.private_services import OWNER
from tests.audit.conftest import LookAs
from tests.audit.log import grow, signed_in_as
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA
from tests.audit.witness.logs import LogOfOthers, our_witness, send

__all__ = ["our_witness"]

PAGE = "/oversight/witnesses/"
NORTH = CosigningKey("north.example/w", Kind.ED25519, b"n" * 32)
SOUTH = CosigningKey("south.example/w", Kind.ED25519, b"s" * 32)


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        settings,
        "LOG_WITNESS_POLICY",
        f"witness north {NORTH.cosigner} https://north.example\n"
        f"witness south {SOUTH.cosigner} https://south.example\ngroup all all north south\nquorum all",
    )


def cosign(size: int, *keys: CosigningKey, publish: bool = True) -> None:
    """Put a checkpoint there as the sequencer and the publisher do."""
    head, now = TreeHead(settings.LOG_ORIGIN, size, bytes([size % 256]) * 32), datetime.now(UTC)
    Checkpoint.objects.create(size=size, root=head.root, note=sign_checkpoint(head, load_signer()), at=now)
    for key in keys:
        line, name, key_id = key.cosign(head.body, at=int(now.timestamp())), key.name, key.cosigner.key_id.hex()
        Cosignature.objects.create(size=size, key_name=name, key_id=key_id, line=str(line), at=now, received_at=now)
    if publish:
        Publication.objects.create(size=size, at=now)


def test_only_auditors_see_the_page(client: Client, db: None, look_as: LookAs) -> None:
    look_as(ANONYMOUS)
    assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"
    for viewer in (AS_ANNA, AS_DAAN):
        look_as(viewer)
        assert client.get(PAGE).status_code == 403
    look_as(AS_HANNA)
    assert client.post(PAGE).status_code == 405


def test_without_witnesses_it_says_so(client: Client, db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)
    text = client.get(PAGE, headers={"Accept-Language": "en"}).content.decode()
    assert "Nobody yet" in text
    assert "no key to be a witness" in text


def test_it_shows_who_saw_how_far_and_what_is_wrong(
    client: Client, committed_db: object, look_as: LookAs, policy: None
) -> None:
    look_as(AS_HANNA)
    with signed_in_as(OWNER):
        cosign(5, NORTH, SOUTH)
        cosign(9, NORTH, publish=False)
    raise_alarm(kind=CONTRADICTED, where="south", explanation="It saw other leaves.")
    raise_alarm(kind=UNPUBLISHED, where=settings.LOG_ORIGIN, explanation="It waits.")
    text = client.get(PAGE, headers={"Accept-Language": "en"}).content.decode()
    for said in (
        "9 entries",
        "5 entries",
        "Contradicts us",
        "It saw other leaves.",
        "Too few witnesses sign",
        "It waits.",
    ):
        assert said in text, said


def test_what_everybody_sees_carries_the_witnesses(client: Client, committed_db: object, policy: None) -> None:
    with signed_in_as(OWNER):
        cosign(5, NORTH, SOUTH)
        cosign(9, NORTH, publish=False)
    page = client.get("/register/").content.decode()
    assert NORTH.name in page
    assert SOUTH.name in page
    note = client.get("/audit/log/checkpoint").content.decode()
    assert f"{settings.LOG_ORIGIN}\n5\n" in note
    assert [line.split(" ")[1] for line in note.splitlines() if line.startswith("—")][1:] == [NORTH.name, SOUTH.name]
    assert client.get("/audit/log/witness-policy").content.decode() == settings.LOG_WITNESS_POLICY + "\n"


def test_without_a_policy_there_is_none_to_read(client: Client, db: None) -> None:
    assert client.get("/audit/log/witness-policy").status_code == 404


def test_the_logs_that_we_watch_are_there_with_their_forks(
    client: Client, db: None, look_as: LookAs, our_witness: list[str]
) -> None:
    look_as(AS_HANNA)
    log, quiet = LogOfOthers(), LogOfOthers("quiet.example/log")
    watch_log(key=log.key)
    watch_log(key=quiet.key)
    cosign_checkpoint(log.request(0, 7))
    text = client.get(PAGE, headers={"Accept-Language": "en"}).content.decode()
    assert "7 entries" in text
    assert "Only grew" in text
    assert quiet.origin in text
    assert send(LogOfOthers(forked_at=2).request(7, 7))[0] == 422
    text = client.get(PAGE, headers={"Accept-Language": "en"}).content.decode()
    assert "Has two pasts" in text
    assert "Proof of two pasts" in text


def test_it_asks_the_database_as_often_whatever_there_is(
    client: Client, committed_db: object, look_as: LookAs, policy: None, our_witness: list[str]
) -> None:
    look_as(AS_HANNA)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    grow(1)
    with signed_in_as(OWNER):
        cosign(5, NORTH, SOUTH)
    watch_log(key=LogOfOthers().key)
    few = queries()
    with signed_in_as(OWNER):
        for size in range(6, 20):
            cosign(size, NORTH, SOUTH)
    for number in range(5):
        watch_log(key=LogOfOthers(f"log{number}.example").key)
    assert queries() == few
    assert few < 12
