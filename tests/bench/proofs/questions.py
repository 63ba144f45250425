"""What is asked of a log: proofs of entries anywhere in it, and pages as citizens and auditors open them.

Needs Django's environment set, and a log as `log.py` builds it.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from audit.models import Leaf, Record
from audit.pages.paging import record_page
from audit.people import Viewer
from audit.tree.consistency import prove_consistency
from audit.tree.inclusion import prove_entry
from tests.audit.log import POLICE
from tests.bench.proofs.log import ENTRIES_OF_A_CASE, ENTRIES_OF_A_CONSENT, SPREAD, BuiltLog

PAGE = 25
AUDITOR = Viewer(kind="auditor", organisations=None)
# Prepares a question outside the time that is measured, and returns what asks it.
Prepare = Callable[[BuiltLog, random.Random], Callable[[], object]]


def ask(kind: str, log: BuiltLog, chance: random.Random, *, times: int) -> list[float]:
    """Ask one kind of question again and again, each about something else; return the milliseconds of each."""
    taken = []
    for _ in range(times):
        question = QUESTION_KINDS[kind](log, chance)
        began = time.perf_counter()
        answer = question()
        taken.append((time.perf_counter() - began) * 1000)
        if not answer:
            raise SystemExit(f"{kind}: nothing was found.")
    return taken


def _inclusion(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    leaf = Leaf.objects.get(index=chance.randrange(log.size))
    record = Record.objects.get(entry_id=leaf.entry_id)
    return lambda: prove_entry(record).hashes


def _consistency(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    old_size = chance.randrange(1, log.size)
    return lambda: prove_consistency(old_size=old_size, size=log.size).hashes


def _timeline(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    number = chance.randrange(log.citizens)
    viewer = Viewer(kind="subject", subject=sha256(f"citizen{number}".encode()).hexdigest())
    return lambda: _page(viewer)


def _newest(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    return lambda: _page(AUDITOR)


def _anywhere(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    at = datetime.now(UTC) - SPREAD * chance.uniform(0.05, 0.95)
    return lambda: _page(AUDITOR, before=f"{at.isoformat()}_{UUID(int=0)}")


def _of_organisation(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    return lambda: _page(Viewer(kind="auditor", organisations=frozenset({POLICE})))


def _refused(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    since = datetime.now(UTC) - SPREAD * chance.uniform(0.3, 0.9)
    return lambda: _page(AUDITOR, outcome="refused", at__gte=since, at__lt=since + timedelta(days=7))


def _of_case(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    case = f"Z-{chance.randrange(log.size // ENTRIES_OF_A_CASE)}"
    return lambda: _page(AUDITOR, case=case)


def _under_consent(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    consent = UUID(int=0x01890000_0000_7000_9000_000000000000 + chance.randrange(log.size // ENTRIES_OF_A_CONSENT))
    return lambda: _page(AUDITOR, consent=consent)


def _of_trace(log: BuiltLog, chance: random.Random) -> Callable[[], object]:
    record = Record.objects.get(entry_id=Leaf.objects.get(index=chance.randrange(log.size)).entry_id)
    return lambda: _page(AUDITOR, trace_id=record.trace_id)


def _page(viewer: Viewer, *, before: str = "", **lookups: Any) -> object:
    return record_page(Record.objects.visible_to(viewer).filter(**lookups), before=before, size=PAGE).records


QUESTION_KINDS: dict[str, Prepare] = {
    "inclusion proof": _inclusion,
    "consistency proof": _consistency,
    "timeline of a citizen": _timeline,
    "search: newest": _newest,
    "search: anywhere in time": _anywhere,
    "search: an organisation": _of_organisation,
    "search: refusals of a week": _refused,
    "search: a case": _of_case,
    "search: a consent": _under_consent,
    "search: a trace": _of_trace,
}
