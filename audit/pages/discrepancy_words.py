"""What verification found, in sentences for auditors. The technical words stand in `Discrepancy` itself, in English."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from audit.verification.discrepancy import Discrepancy

MEANINGS: dict[str, Promise] = {
    "head-missing": gettext_lazy("The row that says how long the log is, was deleted."),
    "head-altered": gettext_lazy("The row that says how long the log is, was changed."),
    "leaf-missing": gettext_lazy("A leaf of the log was deleted."),
    "leaf-altered": gettext_lazy(
        "A leaf of the log does not belong to its entry. The leaf was changed or exchanged, or the entry was changed"
        " together with its text."
    ),
    "leaf-beyond-head": gettext_lazy("There are more leaves than the log says. Its length was set back."),
    "commitment-altered": gettext_lazy(
        "The hash of an entry belongs neither to its leaf nor to its text: the hash was changed."
    ),
    "entry-missing": gettext_lazy("An entry was deleted, or a row was added that never had one."),
    "entry-outside-log": gettext_lazy(
        "An entry has no place in the log and does not wait for one. Its place was taken away, or the entry was added"
        " without the service."
    ),
    "record-altered": gettext_lazy(
        "The text of an entry is not the text that was written: it was changed or exchanged for another."
    ),
    "record-column-altered": gettext_lazy(
        "A column for searching says something else than the text. It was changed, so that a search finds the entry in"
        " the wrong place, or not at all."
    ),
    "record-user-altered": gettext_lazy("The sealed name of who acted was exchanged or removed."),
    "pending-altered": gettext_lazy("An entry waits for its place under another hash than its own."),
    "pending-with-leaf": gettext_lazy(
        "An entry that has its place already waits for one once more. The service does not do that."
    ),
    "tile-missing": gettext_lazy("A tile of the log, a block of 256 hashes, was deleted."),
    "tile-altered": gettext_lazy("A tile of the log, a block of 256 hashes, was changed, or all that is below it."),
    "tile-beyond-head": gettext_lazy("There is a tile over leaves that are not there."),
    "checkpoint-altered": gettext_lazy("A checkpoint is not what the log signed."),
    "signed-tree-altered": gettext_lazy(
        "The leaves do not give what was signed. After the signing, leaves between this checkpoint and the one before"
        " were changed, together with everything that is computed from them."
    ),
    "log-cut-off": gettext_lazy(
        "The log is shorter than what was signed. The last entries were deleted, or an older backup was put back."
    ),
    "checkpoint-missing": gettext_lazy("Everything that the log signed was deleted, and somebody kept some of it."),
    "record-missing": gettext_lazy("The text of an entry was deleted, and not by a rule of the log."),
    "erasure-invented": gettext_lazy("The log says that a text was erased, and it is still there."),
    "erasure-not-logged": gettext_lazy("Texts were erased for which no entry says why."),
    "erasure-altered": gettext_lazy("Other texts were erased than the entry about it says."),
    "ended-log-altered": gettext_lazy("What stands about the end of an earlier log is not what this log says of it."),
    "leaves-lost": gettext_lazy(
        "The last entries of an earlier log are lost. That log was ended because of it, and this log says so itself."
    ),
    "timestamp-altered": gettext_lazy("A timestamp is not what the other party signed."),
    "verified-part-altered": gettext_lazy(
        "What was verified earlier is not the same any more. Verify the whole log from its beginning to find where."
    ),
}

# The patterns of `Discrepancy.where`, and how each is said. The texts are looked up by gettext when they are said.
_PLACES = [
    (r"leaf (?P<leaf>\d+), entry (?P<entry>\S+)", gettext_noop("Leaf %(leaf)s, entry %(entry)s")),
    (r"leaf (?P<leaf>\d+)", gettext_noop("Leaf %(leaf)s")),
    (r"entry (?P<entry>\S+)", gettext_noop("Entry %(entry)s")),
    (r"record (?P<entry>\S+), column (?P<column>\S+)", gettext_noop("The text of entry %(entry)s, column %(column)s")),
    (r"record (?:of )?(?P<entry>\S+)", gettext_noop("The text of entry %(entry)s")),
    (r"pending row of (?P<entry>\S+)", gettext_noop("The waiting row of entry %(entry)s")),
    (r"tile (?P<tile>\S+), hash (?P<hash>\d+)", gettext_noop("Tile %(tile)s, hash %(hash)s")),
    (r"tile (?P<tile>\S+?)(?:, root)?", gettext_noop("Tile %(tile)s")),
    (r"erasure of (?P<entry>\S+)", gettext_noop("The erasure of the text of entry %(entry)s")),
    (r"erasure by entry (?P<entry>\S+)", gettext_noop("The erasure that entry %(entry)s speaks of")),
    (r"ended log (?P<origin>\S+)", gettext_noop("The end of the log %(origin)s")),
    (
        r"timestamp of the checkpoint over (?P<size>\d+) leaves",
        gettext_noop("The timestamp of the checkpoint over %(size)s leaves"),
    ),
    (
        r"kept checkpoint of (?P<origin>\S+) over (?P<size>\d+) leaves",
        gettext_noop("The checkpoint of %(origin)s over %(size)s leaves that was kept"),
    ),
    (r"kept checkpoint over (?P<size>\d+) leaves", gettext_noop("The checkpoint over %(size)s leaves that was kept")),
    (r"checkpoint over (?P<size>\d+) leaves", gettext_noop("The checkpoint over %(size)s leaves")),
    (r"first (?P<size>\d+) leaves", gettext_noop("The first %(size)s leaves")),
    (r"log head(?: at \d+)?", gettext_noop("The length of the log")),
]


@dataclass(frozen=True, slots=True)
class DescribedDiscrepancy:
    """A discrepancy for its reader; `meaning` is None for a kind that only has its English explanation."""

    found: Discrepancy
    place: str
    meaning: Promise | None


def describe_discrepancy(found: Discrepancy) -> DescribedDiscrepancy:
    return DescribedDiscrepancy(found, place_in_words(found.where), MEANINGS.get(found.kind))


def place_in_words(where: str) -> str:
    """Say where something is in the active language; what is none of our places stays as it is."""
    for pattern, text in _PLACES:
        if match := re.fullmatch(pattern, where):
            # Looked up by its value: the catalogue has it from `gettext_noop` above.
            return _(text) % match.groupdict()
    return where
