"""`/oversight/charts/`: what happened, in numbers. Looking at them is an entry, like looking at entries."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.charts.charts import Counted, Names, charts
from audit.charts.counting import count_entries, most_reading
from audit.charts.drawing import PATTERNS
from audit.charts.spans import spans
from audit.models import Record
from audit.pages.access import auditor_page
from audit.pages.forms import ChartForm
from audit.pages.in_time import searched_in_time
from audit.pages.reasons import reason_titles
from audit.people import Viewer, people
from audit.search.filters import EntryFilters
from audit.services.log_reading import log_reading


@require_safe
@auditor_page
def oversight_charts(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Count what was chosen, and draw it."""
    form = ChartForm(viewer, request.GET)
    context: dict[str, object] = {"form": form, "patterns": range(PATTERNS)}
    if form.is_valid():
        counted = _count(viewer, form.filters())
        drawn = charts(counted)
        shown = sum(one.number for one in counted.counts)
        log_reading(viewer=viewer, shown=shown, filters=counted.filters, details={"charts": True})
        context |= {"charts": drawn, "query": counted.query(), "counted_at": timezone.now()}
    else:
        log_reading(viewer=viewer, shown=0, details={"charts": True})
    return render(request, "audit/charts.html", context)


def _count(viewer: Viewer, filters: EntryFilters) -> Counted:
    now = timezone.now()
    fixed = filters.fixed(now)
    assert fixed.since is not None  # the form sees to that
    records = Record.objects.visible_to(viewer).matching(fixed)
    with searched_in_time():
        counts, readers = count_entries(records), most_reading(records)
    return Counted(
        filters=filters,
        spans=spans(fixed.since, fixed.until or max(now, fixed.since)),
        counts=counts,
        readers=readers,
        names=Names(
            organisations=people().organisation_names({one.organisation for one in counts}),
            roles=people().role_titles({one.role for one in counts}),
            reasons=reason_titles({one.reason for one in counts if one.reason}),
        ),
    )
