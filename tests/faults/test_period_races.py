"""Many reads at the same moment under a number of uses a period, and under one approval, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from unittest.mock import patch

from django.utils import timezone

from consent.models import Approval, Consent
from consent.services.approval import answer_approval
from sharing.models import Deletion, Release
from sharing.services.release import release
from tests.cast import Cast
from tests.faults.test_races import THREADS, in_a_thread

READS = 100


def noon(days: int) -> datetime:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def reads_at_once(cast: Cast, request_id: object, name: str) -> int:
    """Read a hundred times at once; return how many were let through."""

    def read(number: int) -> bool:
        outcome = release(
            actor=cast.daan.as_actor(),
            request_id=request_id,  # type: ignore[arg-type]  # a request's id
            idempotency_key=f"{name}-{number}",
        )
        return outcome.released is not None

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(lambda number: in_a_thread(lambda: read(number)), range(READS)))


def test_a_hundred_reads_at_once_never_exceed_the_limit_of_a_period(committed_cast: Cast) -> None:
    cast = committed_cast
    cast.grant(usesPerPeriod={"limit": 7, "period": "day"}, uses=10)
    request = cast.ask()
    with patch("django.utils.timezone.now", return_value=noon(1)):
        assert reads_at_once(cast, request.pk, "monday") == 7
    with patch("django.utils.timezone.now", return_value=noon(2)):
        # Both limits hold: of the ten in all, three were left.
        assert reads_at_once(cast, request.pk, "tuesday") == 3
    consent = Consent.objects.get()
    assert (consent.uses_taken, consent.period_uses) == (10, 3)
    assert sorted(Release.objects.values_list("use_number", flat=True)) == list(range(1, 11))


def test_one_approval_lets_one_of_many_through(committed_cast: Cast) -> None:
    cast = committed_cast
    cast.grant(askMe=True, keep={"days": 3})
    request = cast.ask()
    release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="first")
    answer_approval(citizen=cast.anna, approval_id=Approval.objects.get().pk, allow=True)
    assert reads_at_once(cast, request.pk, "many") == 1
    assert Release.objects.count() == Deletion.objects.count() == 1
    assert Consent.objects.get().uses_taken == 1
    # Those that came too late asked again, all of them together once.
    assert Approval.objects.filter(state=Approval.State.WAITING).count() == 1
