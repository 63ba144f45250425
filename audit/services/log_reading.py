"""Who reads the log of others is in the log too."""

from collections.abc import Mapping
from typing import Any

from audit.actions import LOG_READ
from audit.entry import Entry
from audit.entry_of_viewer import entry_of
from audit.people import Viewer
from audit.search.filters import EntryFilters
from audit.services.append import AppendedEntry, append_entry


def log_reading(
    *,
    viewer: Viewer,
    shown: int,
    filters: EntryFilters | None = None,
    about: Entry | None = None,
    details: Mapping[str, Any] | None = None,
) -> AppendedEntry | None:
    """Log that someone is about to be shown `shown` entries, before they are; None for citizens reading their own.

    With `about`, the one entry that is shown, its citizen finds the look in the own timeline as well, and so does the
    citizen whose pseudonym was searched for. `details` says how they are shown where that is no list.
    """
    if viewer.kind == "subject":
        return None
    searched = filters or EntryFilters()
    return append_entry(
        entry_of(
            viewer,
            LOG_READ,
            subject=about.subject if about else searched.subject,
            related=about.id if about else None,
            details={
                "shown": shown,
                "filters": searched.as_json(),
                **(details or {}),
                # To look at what is kept back from a citizen is kept back as well.
                **(about.kept_back if about else {}),
            },
        )
    )
