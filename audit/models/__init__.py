"""The tables of the log. Nothing here points at another table by a foreign key.

Entries are to be partitioned by month, records are erased alone, and a scratch copy must load in any order;
`verify_log` checks what a foreign key would have promised.
"""

from audit.models.alarm import Alarm
from audit.models.checkpoint import Checkpoint
from audit.models.entry import LoggedEntry
from audit.models.leaf import Leaf
from audit.models.log_export import LogExport, LogExportPart
from audit.models.log_head import LogHead
from audit.models.logboek import LogboekPosition, LogboekRejection
from audit.models.pending import Pending
from audit.models.record import Record
from audit.models.tile import Tile

__all__ = [
    "Alarm",
    "Checkpoint",
    "Leaf",
    "LogExport",
    "LogExportPart",
    "LogHead",
    "LogboekPosition",
    "LogboekRejection",
    "LoggedEntry",
    "Pending",
    "Record",
    "Tile",
]
