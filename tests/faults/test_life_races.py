"""What happens to a consent at the same moment, on PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from audit.errors import DomainError
from audit.models import Record
from consent.errors import ConsentChanged
from consent.keys.models import ConsentKey
from consent.lifecycle import State
from consent.models import Approval, Consent, ConsentChange
from consent.services.approval import answer_approval, ask_approval, use_approval
from consent.services.change import narrow_consent, pause_consent
from consent.services.offer import accept_offer, make_offer, take_back_offer
from sharing.models import Release
from sharing.services.release import release
from tests.cast import INCOME, SIZE, Cast
from tests.faults.test_races import THREADS, in_a_thread

READS = 400


def pause(cast: Cast, consent: Consent) -> None:
    pause_consent(citizen=cast.anna, consent_id=consent.pk)


def narrow(cast: Cast, consent: Consent) -> None:
    terms = {**consent.conditions, "fields": [SIZE]}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)


@pytest.mark.parametrize("change", [pause, narrow])
def test_no_read_commits_as_it_was_after_a_change(
    committed_cast: Cast, change: Callable[[Cast, Consent], None]
) -> None:
    cast = committed_cast
    consent = cast.grant()
    request = cast.ask()
    half_way = Event()

    def read(number: int) -> str:
        if number == READS // 2:
            half_way.set()
        outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=f"key-{number}")
        return "released" if outcome.released else "refused"

    def change_half_way() -> int:
        half_way.wait()
        with connection.cursor() as cursor:
            # A citizen whom readers keep waiting for a second is told so by the database, and the test with it.
            cursor.execute("SET lock_timeout = '1s'")
        change(cast, consent)
        return Consent.objects.get(pk=consent.pk).uses_taken

    with ThreadPoolExecutor(THREADS + 1) as pool:
        changed = pool.submit(in_a_thread, change_half_way)
        outcomes = Counter(pool.map(lambda number: in_a_thread(lambda: read(number)), range(READS)))
    uses_at_the_change = changed.result()

    consent.refresh_from_db()
    assert consent.version == 2
    assert consent.uses_taken == uses_at_the_change
    assert outcomes["released"] == consent.uses_taken == Release.objects.count()
    assert outcomes["released"] + outcomes["refused"] == READS
    assert outcomes["refused"] > 0


def test_of_two_narrowings_at_once_one_counts(committed_cast: Cast) -> None:
    cast = committed_cast
    consent = cast.grant(uses=10)
    together = Barrier(THREADS)

    def attempt(number: int) -> bool:
        terms = {**consent.conditions, "fields": [SIZE], "uses": number + 1}
        together.wait()
        try:
            narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
        except ConsentChanged:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(lambda number: in_a_thread(lambda: attempt(number)), range(THREADS)))
    assert done.count(True) == 1
    consent.refresh_from_db()
    assert (consent.version, consent.terms.uses_limit) == (2, done.index(True) + 1)
    assert ConsentKey.objects.living().get(consent_id=consent.pk).generation == 2
    assert Record.objects.filter(action="consent.narrowed").count() == 1
    request = cast.ask(SIZE)
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key").released


def test_an_offer_that_two_accept_at_once_is_one_consent(committed_cast: Cast) -> None:
    cast = committed_cast
    offer_id = offered(cast)
    together = Barrier(THREADS)

    def accept() -> object:
        together.wait()
        return accept_offer(actor=cast.daan.as_actor(), offer_id=offer_id).version

    with ThreadPoolExecutor(THREADS) as pool:
        versions = {future.result() for future in [pool.submit(in_a_thread, accept) for _ in range(THREADS)]}
    assert len(versions) == 1
    assert ConsentKey.objects.count() == 1
    assert Record.objects.filter(action="consent.granted").count() == 1
    assert Record.objects.filter(action="consent.offer-accepted").count() == 1


def test_an_offer_is_never_accepted_and_taken_back(committed_cast: Cast) -> None:
    cast = committed_cast
    offer_id = offered(cast)
    consent = Consent.objects.get()
    together = Barrier(2)

    def attempt(deed: Callable[[], object]) -> bool:
        together.wait()
        try:
            deed()
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        accepted = pool.submit(
            in_a_thread,
            lambda: attempt(lambda: accept_offer(actor=cast.daan.as_actor(), offer_id=offer_id)),
        )
        taken_back = pool.submit(
            in_a_thread, lambda: attempt(lambda: take_back_offer(citizen=cast.anna, consent_id=consent.pk))
        )
        assert accepted.result() != taken_back.result()
    consent.refresh_from_db()
    assert (consent.state == State.GIVEN) == accepted.result()


def test_what_was_allowed_once_is_used_once(committed_cast: Cast) -> None:
    cast = committed_cast
    consent = cast.grant(askMe=True)
    request_id = uuid4()
    together = Barrier(THREADS)

    def ask() -> Approval | None:
        together.wait()
        return ask_approval(
            consent_id=consent.pk,
            request_id=request_id,
            fields=(SIZE,),
            case="Z-1",
            actor=cast.daan.as_actor(),
            at=timezone.now(),
        )

    with ThreadPoolExecutor(THREADS) as pool:
        asked = {future.result() for future in [pool.submit(in_a_thread, ask) for _ in range(THREADS)]}
    (approval,) = asked
    assert approval is not None
    assert Record.objects.filter(action="consent.approval-asked").count() == 1
    answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=True)

    def use() -> bool:
        together.wait()
        return use_approval(approval.pk, timezone.now())

    with ThreadPoolExecutor(THREADS) as pool:
        used = [future.result() for future in [pool.submit(in_a_thread, use) for _ in range(THREADS)]]
    assert used.count(True) == 1


def test_two_yeses_that_replace_the_same_consent_leave_one(committed_cast: Cast) -> None:
    cast = committed_cast
    old = cast.grant(fields=[SIZE])
    together = Barrier(THREADS)

    def replace(number: int) -> bool:
        together.wait()
        try:
            cast.grant(uses=number + 1, replaces=old.pk)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(lambda number: in_a_thread(lambda: replace(number)), range(THREADS)))
    assert done.count(True) == 1
    assert Consent.objects.given().count() == 1
    assert ConsentChange.objects.filter(consent=old, state=State.REPLACED).count() == 1


def offered(cast: Cast) -> UUID:
    cast.ask()
    offer = make_offer(
        citizen=cast.anna,
        consent_id=Consent.objects.get().pk,
        terms=cast.terms(fields=[INCOME], uses=1),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
    )
    return offer.pk
