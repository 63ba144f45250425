"""Viewing while things happen at the same moment: no byte after a withdrawal, and no transaction that stays open."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client as Browser

from audit.models import Record
from consent.services.change import withdraw_consent
from sharing.errors import ViewingRefused
from sharing.models import Viewing
from sharing.released_file import find_released_file
from sharing.services.viewing import end_unseen_viewings, stream, view_file
from sharing.services.viewing.stream import StreamCut
from tests.api import token_for
from tests.cast import Cast, make_cast
from tests.conftest import TestDatabase
from tests.faults.test_races import in_a_thread
from tests.sharing.footage import Footage, make_footage, path_of

READS = 240
THREADS = 8
KIB = 1024


def test_no_stretch_begins_after_a_withdrawal(committed_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each range is four stretches. One that begins after the withdrawal is committed gives no byte."""
    monkeypatch.setattr(stream, "PIECE", KIB)
    monkeypatch.setattr(stream, "STRETCH", KIB)
    footage = make_footage(committed_cast, size=64 * KIB, still=b"")
    release_id, actor = footage.release(), footage.actor
    half_way, withdrawn = Event(), Event()

    def read(number: int) -> str:
        if number == READS // 10:
            half_way.set()
        # Before anything is asked: what was withdrawn now can give nothing.
        too_late = withdrawn.is_set()
        start = number % 60 * KIB
        try:
            pieces = view_file(
                find_released_file(actor=actor, release_id=release_id, file_id=footage.file.pk),
                actor=actor,
                start=start,
                stop=start + 4 * KIB,
            )
        except ViewingRefused:
            return "refused"
        assert not too_late
        received = b""
        while True:
            too_late = withdrawn.is_set()
            try:
                received += next(pieces)
            except StopIteration:
                break
            except StreamCut:
                pieces.close()
                return "cut"
            assert not too_late, "a stretch began after the withdrawal"
        assert received == footage.content[start : start + 4 * KIB]
        return "read"

    def withdraw() -> None:
        half_way.wait()
        with connection.cursor() as cursor:
            # A withdrawal that readers keep waiting for a second is ended by the database, and the test with it.
            cursor.execute("SET lock_timeout = '1s'")
        withdraw_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)
        withdrawn.set()

    with ThreadPoolExecutor(THREADS + 1) as pool:
        withdrawal = pool.submit(in_a_thread, withdraw)
        # A connection for each thread, and not for each range.
        mine = [range(thread, READS, THREADS) for thread in range(THREADS)]
        read_all = pool.map(lambda numbers: in_a_thread(lambda: [read(number) for number in numbers]), mine)
        outcomes = Counter(outcome for some in read_all for outcome in some)
    withdrawal.result()
    assert sum(outcomes.values()) == READS
    assert outcomes["read"] > 0
    assert outcomes["refused"] > READS // 2
    viewing = Viewing.objects.get()
    assert (viewing.end, viewing.streams) == ("refused", 0)
    assert viewing.bytes_read >= outcomes["read"] * 4 * KIB
    by_action = Counter(Record.objects.filter(action__startswith="sharing.viewing-").values_list("action", "outcome"))
    assert by_action["sharing.viewing-started", "allowed"] == 1
    assert by_action["sharing.viewing-ended", "refused"] == 1


def test_those_who_begin_at_once_share_one_viewing(committed_cast: Cast) -> None:
    footage = make_footage(committed_cast, size=64 * KIB, still=b"")
    release_id, actor = footage.release(), footage.actor
    found = find_released_file(actor=actor, release_id=release_id, file_id=footage.file.pk)

    def read(number: int) -> int:
        return len(b"".join(view_file(found, actor=actor, start=number, stop=number + 100)))

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(lambda number: in_a_thread(lambda: read(number)), range(40))) == 4000
    assert Record.objects.filter(action="sharing.viewing-started").count() == 1
    viewing = Viewing.objects.get()
    assert (viewing.bytes_read, viewing.streams) == (4000, 0)
    Viewing.objects.update(last_seen_at=viewing.started_at.replace(year=2020))
    with ThreadPoolExecutor(4) as pool:
        ended = sum(pool.map(lambda _number: in_a_thread(end_unseen_viewings), range(4)))
    assert ended == 1
    assert Record.objects.filter(action="sharing.viewing-ended").count() == 1


def test_no_transaction_is_open_while_bytes_flow(committed_cast: Cast, database: TestDatabase) -> None:
    footage = make_footage(committed_cast)
    answer = _fetch(footage)
    pieces = iter(answer.streaming_content)
    next(pieces)
    pid = connection.connection.info.backend_pid
    with database.connect() as owner:
        state = owner.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
        held = owner.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = %s AND mode <> 'ExclusiveLock'", [pid]
        ).fetchone()
        running = owner.execute("SELECT streams, ended_at FROM sharing_viewing").fetchone()
    assert (state, held) == (("idle",), (0,))
    # Committed, with its entry, before the first byte.
    assert running == (1, None)
    assert sum(map(len, pieces)) > 0


@pytest.mark.parametrize("table", ["audit_entry", "audit_record", "audit_pending"])
def test_a_viewing_that_cannot_be_logged_gives_no_byte(
    committed_cast: Cast, database: TestDatabase, table: str
) -> None:
    footage = make_footage(committed_cast, size=1000, still=b"")
    release_id = footage.release()
    with database.connect() as owner:
        owner.execute(f"REVOKE INSERT ON {table} FROM deelwijs_app")
    answer = _fetch(footage, release_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "log-not-writable")
    assert Viewing.objects.count() == 0
    with database.connect() as owner:
        owner.execute(f"GRANT INSERT ON {table} TO deelwijs_app")
    assert b"".join(_fetch(footage, release_id).streaming_content) == footage.content


def test_it_works_without_postgresql_too(sqlite_db: object) -> None:
    footage = make_footage(make_cast(), size=100 * KIB)
    release_id = footage.release()
    assert b"".join(_fetch(footage, release_id).streaming_content) == footage.content
    withdraw_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)
    assert _fetch(footage, release_id).status_code == 403
    viewing = Viewing.objects.get()
    assert (viewing.end, viewing.bytes_read) == ("refused", 100 * KIB)


def _fetch(footage: Footage, release_id: UUID | None = None) -> Any:
    headers = {"authorization": f"Bearer {token_for(footage.cast.municipal_system)}"}
    return Browser(raise_request_exception=False).get(
        path_of(release_id or footage.release(), footage.file.pk), headers=headers
    )
