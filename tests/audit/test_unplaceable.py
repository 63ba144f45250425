"""A pending row that contradicts the log is left where it stands, told of, and stops nobody."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client
from uuid_utils.compat import uuid7

from audit.models import Leaf, LoggedEntry, Pending
from audit.monitor.log_health import log_health
from audit.roles import SEQUENCER
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from tests.audit.conftest import LookAs
from tests.audit.log import append, grow, sequence, signed_in_as
from tests.audit.people import AS_HANNA

pytestmark = pytest.mark.usefixtures("either_db")


def wait_again() -> tuple[UUID, str, str]:
    """Let an entry wait that has its place already."""
    (logged,) = grow(1)
    Pending.objects.create(entry_id=logged.id, commitment=logged.commitment)
    return logged.id, "pending-with-leaf", f"pending row of {logged.id}"


def wait_again_as_another() -> tuple[UUID, str, str]:
    (logged,) = grow(1)
    Pending.objects.create(entry_id=logged.id, commitment=bytes(32))
    return logged.id, "pending-with-leaf", f"pending row of {logged.id}"


def wait_under_another_commitment() -> tuple[UUID, str, str]:
    entry = LoggedEntry.objects.create(id=uuid7(), commitment=bytes(32))
    Pending.objects.create(entry_id=entry.id, commitment=bytes(31) + b"\x01")
    return entry.id, "pending-altered", f"entry {entry.id}"


def wait_without_an_entry() -> tuple[UUID, str, str]:
    row = Pending.objects.create(entry_id=uuid7(), commitment=bytes(32))
    return row.entry_id, "entry-missing", f"pending row of {row.entry_id}"


def wait_under_the_lowest_id() -> tuple[UUID, str, str]:
    row = Pending.objects.create(entry_id=UUID(int=0), commitment=bytes(32))
    return row.entry_id, "entry-missing", f"pending row of {row.entry_id}"


def wait_under_the_highest_id() -> tuple[UUID, str, str]:
    row = Pending.objects.create(entry_id=UUID(int=2**128 - 1), commitment=bytes(32))
    return row.entry_id, "entry-missing", f"pending row of {row.entry_id}"


Contradiction = Callable[[], tuple[UUID, str, str]]
CONTRADICTIONS: list[Contradiction] = [
    wait_again,
    wait_again_as_another,
    wait_under_another_commitment,
    wait_without_an_entry,
    wait_under_the_lowest_id,
    wait_under_the_highest_id,
]

each_contradiction = pytest.mark.parametrize("contradict", CONTRADICTIONS)


@each_contradiction
def test_the_others_get_their_places(contradict: Contradiction) -> None:
    before = append(2)
    left_out, _kind, _where = contradict()
    after = append(2)
    places = Leaf.objects.count()
    # Two at a time: one that stays in front must not take the room of those behind it.
    ticks = [sequence(limit=2) for _ in range(4)]
    assert {one.id for one in before + after} <= set(Leaf.objects.values_list("entry_id", flat=True))
    assert Leaf.objects.count() == places + sum(tick.added for tick in ticks)
    assert ticks[-1].left_out == (left_out,)


@each_contradiction
def test_it_stays_as_evidence(contradict: Contradiction) -> None:
    left_out, _kind, _where = contradict()
    row = Pending.objects.filter(entry_id=left_out).values().get()
    sequence()
    sequence()
    assert list(Pending.objects.values()) == [row]


@each_contradiction
def test_verification_names_it(contradict: Contradiction) -> None:
    left_out, kind, where = contradict()
    sequence()
    discrepancy = verify_log(verifier=load_verifier()).discrepancy
    assert discrepancy is not None
    assert (discrepancy.kind, discrepancy.where) == (kind, where)
    assert str(left_out) in where


@each_contradiction
def test_the_log_is_not_healthy(contradict: Contradiction) -> None:
    grow(1)
    contradict()
    sequence()
    health = log_health(now=datetime.now(UTC))
    assert not health.keeps_promise
    assert (health.unplaceable, health.oldest_pending) == (1, None)


def test_it_does_not_hide_how_long_others_wait() -> None:
    wait_under_the_lowest_id()
    append(1)
    health = log_health(now=datetime.now(UTC) + timedelta(seconds=5))
    assert health.oldest_pending is not None
    assert timedelta(seconds=4) < health.oldest_pending < timedelta(minutes=1)


def test_health_says_so_to_the_auditor(client: Client, look_as: LookAs) -> None:
    wait_without_an_entry()
    look_as(AS_HANNA)
    page = client.get("/oversight/").content.decode()
    assert "Er wachten regels die geen plek kunnen krijgen: controleer het hele logboek" in page
    assert '<dt>Kunnen geen plek krijgen</dt><dd class="dw-figure">1</dd>' in page


def test_a_good_log_does_not_speak_of_it(client: Client, look_as: LookAs) -> None:
    grow(1)
    look_as(AS_HANNA)
    assert "geen plek krijgen" not in client.get("/oversight/").content.decode()


def test_the_sequencer_tells_once(caplog: pytest.LogCaptureFixture) -> None:
    left_out, _kind, _where = wait_without_an_entry()
    append(3)
    with caplog.at_level(logging.ERROR, logger="audit"), signed_in_as(SEQUENCER):
        call_command("sequence", "--once", stdout=StringIO())
    (told,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert str(left_out) in told
    assert "manage.py verify_log" in told
    assert Leaf.objects.count() == 3
