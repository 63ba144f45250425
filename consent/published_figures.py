"""The figures that everybody may see: sums of what was counted from the log, hidden and rounded."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Sum

from consent.models import Figure, FigureHead
from consent.shown_count import shown_count

Measure = Figure.Measure
# What the register shows of a purpose, in this order.
OF_A_PURPOSE = (Measure.ASKED, Measure.GRANTED, Measure.REFUSED, Measure.WITHDRAWN, Measure.EXPIRED, Measure.USED)


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """How often a department wanted to read data, and how often that was more than the resident shares.

    Both are rounded down to ten; `asked_more` is None when it is below ten. A department that wanted to read fewer
    than ten times is not named at all, because being named would say that it was not zero.
    """

    oin: str
    department: str
    wanted: int
    asked_more: int | None


def figures_of_purposes(*slugs: str) -> dict[str, dict[str, int | None]]:
    """Return the shown count of each measure by purpose; of all purposes when none are named."""
    figures = Figure.objects.filter(measure__in=OF_A_PURPOSE)
    if slugs:
        figures = figures.filter(purpose__in=slugs)
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for purpose, measure, count in figures.values_list("purpose", "measure").annotate(total=Sum("count")):
        sums[purpose][measure] = count
    return {
        slug: {measure: shown_count(counts.get(measure, 0)) for measure in OF_A_PURPOSE}
        for slug, counts in sums.items()
    }


def no_figures() -> dict[str, int | None]:
    """Return the figures of a purpose of which nothing was counted yet."""
    return dict.fromkeys(OF_A_PURPOSE)


def figures_of_departments(*slugs: str) -> dict[str, list[DepartmentFigures]]:
    """Return by purpose how often each department asks for more than it gets granted, the most frequent first."""
    measures = (Measure.USED, Measure.NOT_RELEASED, Measure.ASKED_MORE)
    figures = Figure.objects.filter(measure__in=measures)
    if slugs:
        figures = figures.filter(purpose__in=slugs)
    sums: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    rows = figures.values_list("purpose", "organisation", "department", "measure").annotate(total=Sum("count"))
    for purpose, oin, department, measure, count in rows:
        sums[purpose, oin, department][measure] = count
    found: dict[str, list[DepartmentFigures]] = defaultdict(list)
    for (purpose, oin, department), counts in sums.items():
        wanted = shown_count(counts.get(Measure.USED, 0) + counts.get(Measure.NOT_RELEASED, 0))
        if wanted is not None:
            asked_more = shown_count(counts.get(Measure.ASKED_MORE, 0))
            found[purpose].append(DepartmentFigures(oin, department, wanted, asked_more))
    for departments in found.values():
        departments.sort(key=lambda one: (-(one.asked_more or 0), -one.wanted, one.oin, one.department))
    return dict(found)


def figure_head() -> FigureHead | None:
    """Return how far the log was counted, None before the first count."""
    return FigureHead.objects.first()
