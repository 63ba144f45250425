"""The parts of `/oversight/`, in the order of their menu."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the oversight: the name of its address, and its title."""

    name: str
    title: Promise


SECTIONS = [
    Section("oversight", _("Entries")),
    Section("oversight-searches", _("Saved searches")),
    Section("oversight-charts", _("Charts")),
    Section("oversight-findings", _("Findings")),
    Section("oversight-contests", _("Contests")),
    Section("oversight-exports", _("Files")),
    Section("oversight-deferrals", _("Told later")),
    Section("oversight-retention", _("Keeping and erasing")),
    Section("oversight-alarms", _("Alarms")),
    Section("oversight-witnesses", _("Witnesses")),
]


def current_section(path: str) -> Section:
    """Return the part that an address lies in: the one with the longest address that it begins with."""
    within = [section for section in SECTIONS if path.startswith(reverse(section.name))]
    return max(within, key=lambda section: len(reverse(section.name)), default=SECTIONS[0])
