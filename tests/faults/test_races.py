"""What happens at the same moment, on PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

from django.db import connection, connections

from audit.models import Record
from consent.keys.models import ConsentKey
from consent.lifecycle import State
from consent.models import Consent
from consent.services.change import withdraw_consent
from sharing.models import Release, SealedItem
from sharing.services.release import release
from tests.cast import Cast

READS = 1000
THREADS = 8
T = TypeVar("T")


def in_a_thread(work: Callable[[], T]) -> T:
    """Run `work` and close the connections that Django opened for this thread."""
    try:
        return work()
    finally:
        connections.close_all()


def test_no_read_commits_after_a_withdrawal(committed_cast: Cast) -> None:
    cast = committed_cast
    consent = cast.grant()
    request = cast.ask()
    half_way = Event()

    def read(number: int) -> str:
        if number == READS // 2:
            half_way.set()
        outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=f"key-{number}")
        return "released" if outcome.released else "refused"

    def withdraw() -> int:
        half_way.wait()
        with connection.cursor() as cursor:
            # A withdrawal that readers keep waiting for a second is ended by the database, and the test with it.
            cursor.execute("SET lock_timeout = '1s'")
        withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
        return Consent.objects.get(pk=consent.pk).uses_taken

    with ThreadPoolExecutor(THREADS + 1) as pool:
        withdrawal = pool.submit(in_a_thread, withdraw)
        outcomes = Counter(pool.map(lambda number: in_a_thread(lambda: read(number)), range(READS)))
    uses_at_the_withdrawal = withdrawal.result()

    consent.refresh_from_db()
    assert consent.state == State.WITHDRAWN
    assert consent.uses_taken == uses_at_the_withdrawal
    assert outcomes["released"] == consent.uses_taken == Release.objects.count()
    assert outcomes["released"] + outcomes["refused"] == READS
    assert outcomes["refused"] > 0
    assert Record.objects.filter(action="sharing.released", outcome="allowed").count() == outcomes["released"]


def test_uses_are_never_taken_twice(committed_cast: Cast) -> None:
    cast = committed_cast
    cast.grant(uses=10)
    request = cast.ask()

    def read(number: int) -> bool:
        outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=f"key-{number}")
        return outcome.released is not None

    with ThreadPoolExecutor(THREADS) as pool:
        allowed = sum(pool.map(lambda number: in_a_thread(lambda: read(number)), range(60)))
    assert allowed == 10
    assert sorted(Release.objects.values_list("use_number", flat=True)) == list(range(1, 11))


def test_the_same_key_at_once_takes_one_use(committed_cast: Cast) -> None:
    cast = committed_cast
    consent = cast.grant(uses=5)
    request = cast.ask()
    together = Barrier(THREADS)

    def read() -> bool:
        together.wait()
        outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="one key")
        return outcome.data_or_refusal().repeated

    with ThreadPoolExecutor(THREADS) as pool:
        repeats = [future.result() for future in [pool.submit(in_a_thread, read) for _ in range(THREADS)]]
    consent.refresh_from_db()
    assert consent.uses_taken == 1
    assert repeats.count(False) == 1


def test_two_grants_at_once_are_one_consent(committed_cast: Cast) -> None:
    cast = committed_cast
    terms = cast.terms()
    together = Barrier(THREADS)

    def grant() -> object:
        together.wait()
        return cast.grant(terms=terms).pk

    with ThreadPoolExecutor(THREADS) as pool:
        made = {future.result() for future in [pool.submit(in_a_thread, grant) for _ in range(THREADS)]}
    assert len(made) == 1
    assert Consent.objects.count() == ConsentKey.objects.count() == 1
    assert SealedItem.objects.count() == 2
    assert Record.objects.filter(action="consent.granted").count() == 1


def test_a_grant_and_a_question_at_once_are_one_consent(committed_cast: Cast) -> None:
    cast = committed_cast
    for _round in range(10):
        together = Barrier(2)

        def grant(together: Barrier = together) -> object:
            together.wait()
            return cast.grant().pk

        def ask(together: Barrier = together) -> object:
            together.wait()
            return cast.ask().pk

        with ThreadPoolExecutor(2) as pool:
            granted, asked = pool.submit(in_a_thread, grant), pool.submit(in_a_thread, ask)
            consent_id = granted.result()
            asked.result()
        consent = Consent.objects.still_open().get()
        assert (consent.pk, consent.state) == (consent_id, State.GIVEN)
        withdraw_consent(citizen=cast.anna, consent_id=consent.pk)


def test_two_requests_at_once_ask_one_question(committed_cast: Cast) -> None:
    cast = committed_cast
    together = Barrier(THREADS)

    def ask() -> None:
        together.wait()
        cast.ask()

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(in_a_thread, ask) for _ in range(THREADS)]:
            future.result()
    assert Consent.objects.count() == 1
    assert Record.objects.filter(action="consent.requested").count() == 1
