"""The tables of the log, and of those who oversee it. No table of the log points at another by a foreign key.

Entries are to be partitioned by month, records are erased alone, and a scratch copy must load in any order;
`verify_log` checks what a foreign key would have promised.
"""

from audit.models.alarm import Alarm
from audit.models.checkpoint import Checkpoint
from audit.models.contest import Contest
from audit.models.cosignature import Cosignature
from audit.models.deferral import Deferral, DeferralState
from audit.models.ended_log import EndedLog
from audit.models.entry import LoggedEntry
from audit.models.erasure import Erasure, ErasureOrder
from audit.models.finding import Finding, FindingNote
from audit.models.hold import Hold
from audit.models.leaf import Leaf
from audit.models.log_export import LogExport, LogExportPart
from audit.models.log_head import LogHead
from audit.models.logboek import LogboekPosition, LogboekRejection
from audit.models.monitor_place import MonitorPlace
from audit.models.pattern_head import PatternHead
from audit.models.pattern_rule import PatternRule
from audit.models.pending import Pending
from audit.models.publication import Publication
from audit.models.record import Record
from audit.models.saved_search import SavedSearch
from audit.models.tile import Tile
from audit.models.timestamp import Timestamp
from audit.models.verification_run import VerificationRun
from audit.models.watched_log import ShownFork, WatchedLog

__all__ = [
    "Alarm",
    "Checkpoint",
    "Contest",
    "Cosignature",
    "Deferral",
    "DeferralState",
    "EndedLog",
    "Erasure",
    "ErasureOrder",
    "Finding",
    "FindingNote",
    "Hold",
    "Leaf",
    "LogExport",
    "LogExportPart",
    "LogHead",
    "LogboekPosition",
    "LogboekRejection",
    "LoggedEntry",
    "MonitorPlace",
    "PatternHead",
    "PatternRule",
    "Pending",
    "Publication",
    "Record",
    "SavedSearch",
    "ShownFork",
    "Tile",
    "Timestamp",
    "VerificationRun",
    "WatchedLog",
]
