"""Reading while the citizen changes what is kept up to date, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from audit.models import Record
from consent.models import DatasetVersion
from consent.services.answer import grant_consent
from consent.services.purposes import AskedField
from sharing.services.release import release
from sharing.services.vault import store_record
from tests.cast import ANNA_INCOME, INCOME, SIZE, Cast
from tests.faults.test_races import in_a_thread
from tests.purposes import publish

READERS = 4
READS = 80
CHANGES = 6


def test_after_a_change_nobody_reads_what_was(committed_cast: Cast) -> None:
    """The uses are counted in the order in which the reads committed: in that order values never go back."""
    cast = committed_cast
    # More than all the times that it can be read.
    consent = cast.grant(uses=READS + 1, keepUpToDate=True)
    request = cast.ask(INCOME)
    together = Barrier(READERS + 1)

    def read(reader: int) -> list[tuple[int, int]]:
        together.wait()
        seen = []
        for number in range(READS // READERS):
            key = f"{reader}-{number}"
            answer = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=key).data_or_refusal()
            assert answer.uses_left is not None
            seen.append((READS + 1 - answer.uses_left, answer.data[INCOME]))
        return seen

    def change() -> None:
        together.wait()
        for number in range(1, CHANGES + 1):
            content = {"amount": ANNA_INCOME + number, "year": 2025}
            store_record(citizen=cast.anna, dataset_version=cast.income, content=content)

    with ThreadPoolExecutor(READERS + 1) as pool:
        changed = pool.submit(in_a_thread, change)
        found = list(pool.map(lambda reader: in_a_thread(lambda: read(reader)), range(READERS)))
        changed.result()
    seen = sorted(one for reads in found for one in reads)
    assert [use for use, _income in seen] == list(range(1, READS + 1))
    incomes = [income for _use, income in seen]
    assert incomes == sorted(incomes)
    assert Record.objects.filter(action="sharing.kept-current").count() == CHANGES
    consent.refresh_from_db()
    assert consent.version == 1 + CHANGES
    last = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="last").data_or_refusal()
    assert last.data == {INCOME: ANNA_INCOME + CHANGES}


def test_two_records_changed_at_once_both_reach_every_consent(committed_cast: Cast) -> None:
    cast = committed_cast
    cast.grant(keepUpToDate=True)
    reason = {"nl": "r", "en": "r"}
    asked = [(cast.household, "/size"), (cast.income, "/amount")]
    other = publish(cast, "street-works", fields=[AskedField(*one, required=False, reason=reason) for one in asked])
    grant_consent(
        citizen=cast.anna,
        purpose_version_id=other.pk,
        terms=cast.terms(keepUpToDate=True),
        language="nl",
        notice_hash=other.notice_hashes["nl"],
    )
    together = Barrier(2)

    def change(version: DatasetVersion, name: str) -> None:
        together.wait()
        for number in range(1, CHANGES + 1):
            store_record(citizen=cast.anna, dataset_version=version, content={name: number + 10})

    with ThreadPoolExecutor(2) as pool:
        pairs = [(cast.household, "size"), (cast.income, "amount")]
        for done in [pool.submit(in_a_thread, lambda pair=pair: change(*pair)) for pair in pairs]:
            done.result()
    assert Record.objects.filter(action="sharing.kept-current").count() == 2 * 2 * CHANGES
    request = cast.ask()
    answer = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key").data_or_refusal()
    assert answer.data == {SIZE: CHANGES + 10, INCOME: CHANGES + 10}
