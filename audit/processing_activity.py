"""The processing activity of an entry, by its URI: where a register says more about it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.conf import settings

from audit.entry import Entry
from audit.people import people


def processing_activities(entries: Collection[Entry]) -> Mapping[UUID, str]:
    """Return {entry id: URI}: what the entry names, what its purpose names, or else its page in our own register.

    One query for all of them.
    """
    of_versions = people().processing_activities({one.purpose_version for one in entries if one.purpose_version})
    return {one.id: _activity(one, of_versions) for one in entries}


def _activity(entry: Entry, of_versions: Mapping[UUID, str]) -> str:
    register = f"{settings.SERVICE_ADDRESS}/register/"
    named = entry.processing_activity or (of_versions.get(entry.purpose_version) if entry.purpose_version else None)
    return named or (f"{register}{entry.purpose}/" if entry.purpose else f"{register}processing/")
