"""Figures in words for people."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import Figure, Organisation
from consent.published_figures import DepartmentFigures
from consent.shown_count import SMALLEST

_TITLES: dict[str, Promise] = {
    Figure.Measure.ASKED: gettext_lazy("Requests by organisations"),
    Figure.Measure.GRANTED: gettext_lazy("Said yes"),
    Figure.Measure.REFUSED: gettext_lazy("Said no"),
    Figure.Measure.WITHDRAWN: gettext_lazy("Stopped sharing"),
    Figure.Measure.EXPIRED: gettext_lazy("Ended by itself"),
    Figure.Measure.USED: gettext_lazy("Times data was read"),
}


def shown_in_words(shown: int | None) -> str:
    """Return a published count in words: "fewer than 10" where it is hidden."""
    if shown is None:
        return _("fewer than %(smallest)d") % {"smallest": SMALLEST}
    return _("%(count)d or more") % {"count": shown}


def purpose_figures(figures: Mapping[str, int | None]) -> list[dict[str, str]]:
    """Return title and count of each figure of a purpose."""
    return [{"title": str(_TITLES[measure]), "count": shown_in_words(count)} for measure, count in figures.items()]


def department_figures(departments: Sequence[DepartmentFigures], language: str) -> list[dict[str, str]]:
    """Return name and counts of each department, with the names that its organisation gives it."""
    organisations = {
        one.oin: one for one in Organisation.objects.filter(oin__in={department.oin for department in departments})
    }
    return [
        {
            "organisation": organisations[one.oin].name if one.oin in organisations else one.oin,
            "department": _department_title(organisations.get(one.oin), one.department, language),
            "wanted": shown_in_words(one.wanted),
            "asked_more": shown_in_words(one.asked_more),
        }
        for one in departments
    ]


def _department_title(organisation: Organisation | None, name: str, language: str) -> str:
    for department in organisation.departments if organisation else ():
        if department["name"] == name:
            titles = department["title"]
            return str(titles.get(language) or titles["nl"])
    return name or _("no department")
