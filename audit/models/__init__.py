"""The tables of the log, and of those who oversee it. No table of the log points at another by a foreign key.

Entries are to be partitioned by month, records are erased alone, and a scratch copy must load in any order;
`verify_log` checks what a foreign key would have promised.
"""

from audit.models.alarm import Alarm
from audit.models.checkpoint import Checkpoint
from audit.models.entry import LoggedEntry
from audit.models.finding import Finding, FindingNote
from audit.models.leaf import Leaf
from audit.models.log_head import LogHead
from audit.models.pattern_head import PatternHead
from audit.models.pattern_rule import PatternRule
from audit.models.pending import Pending
from audit.models.record import Record
from audit.models.saved_search import SavedSearch
from audit.models.tile import Tile

__all__ = [
    "Alarm",
    "Checkpoint",
    "Finding",
    "FindingNote",
    "Leaf",
    "LogHead",
    "LoggedEntry",
    "PatternHead",
    "PatternRule",
    "Pending",
    "Record",
    "SavedSearch",
    "Tile",
]
