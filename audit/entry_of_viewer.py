"""Entries of what somebody does who looks at the log: who it was is said the same way in all of them."""

from typing import Any

from audit.actions import Action
from audit.entry import Entry
from audit.people import Viewer


def entry_of(viewer: Viewer, action: Action, *, organisation: str | None = None, **said: Any) -> Entry:
    """Return the entry of what `viewer` did; `said` are further attributes of `Entry`.

    It was allowed unless `outcome` says otherwise. `organisation` is that of the viewer unless it is given.
    """
    return Entry(
        action=action.name,
        organisation=viewer.organisation if organisation is None else organisation,
        role=viewer.role,
        department=viewer.department,
        user_sealed=viewer.user_sealed,
        **{"outcome": "allowed", **said},
    )
