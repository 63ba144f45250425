"""The rules of retention as people read them, with what is due and what was erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.errors import Text
from audit.models import Erasure
from audit.models.record import RecordQuerySet
from audit.retention.classes import CLASSES, RetentionClass, period_in_words
from audit.retention.due import erasable_records, held_records
from audit.retention.in_force import period_in_force

# The eraser comes every day; a page that waits for a count of millions says no more than this.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A retention class in words. A period for which a deployment chose another is the one in force."""

    name: str
    title: Text
    period: str
    ground: Text
    required: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAtWork:
    """A rule with how many records are due and how many of those are held, up to MOST_COUNTED, and its last erasure."""

    rule: Rule
    due: int
    held: int
    last: Erasure | None

    @property
    def more_due(self) -> bool:
        return self.due > MOST_COUNTED

    @property
    def more_held(self) -> bool:
        return self.held > MOST_COUNTED


def rules() -> list[Rule]:
    """Return every rule, in the active language. Asks the database nothing."""
    return [_in_words(one) for one in CLASSES.values()]


def rules_at_work(*, now: datetime) -> Sequence[RuleAtWork]:
    """Return every rule with its figures: the same number of queries for any log."""
    return [
        RuleAtWork(
            rule=_in_words(one),
            due=_count(erasable_records(one, now=now)),
            held=_count(held_records(one, now=now)),
            last=Erasure.objects.filter(rule=one.name).order_by("-at").first(),
        )
        for one in CLASSES.values()
    ]


def _in_words(one: RetentionClass) -> Rule:
    return Rule(
        name=one.name,
        title=one.title,
        period=period_in_words(period_in_force(one)),
        ground=one.ground,
        required=one.required,
    )


def _count(records: RecordQuerySet) -> int:
    return records.values("entry_id")[: MOST_COUNTED + 1].count()
