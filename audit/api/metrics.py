"""`/metrics` for Prometheus: numbers that a monitor outside this service watches the log by.

Every value is read from the database when it is asked for. So all web processes tell the same, none needs to remember
anything, and a process that hangs does not go on telling what was true before.
"""

from collections.abc import Iterator
from datetime import datetime
from secrets import compare_digest

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from audit.models import Alarm, Checkpoint, LogHead, MonitorPlace, Pending, VerificationRun
from audit.monitor.alarm_kinds import ALARM_KINDS
from audit.monitor.log_health import log_health

# Far less than the time after which Prometheus gives up (10 s).
TIME_LIMIT_MILLISECONDS = 2000
# After a rush more may wait; counting them all would slow down those who place them.
MOST_COUNTED = 100_000


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer who knows the token; 404 where none is set, and 503 when the database takes too long."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.META.get("HTTP_AUTHORIZATION", "")
    if not compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return _plain("The token is missing or wrong.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry(auto_describe=False)
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(TIME_LIMIT_MILLISECONDS)])
            registry.register(LogCollector())
            text = generate_latest(registry)
    except OperationalError:
        return _plain("The database does not answer in time.\n", status=503, headers={"Retry-After": "30"})
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _plain(text: str, *, status: int, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status, headers=headers)


class LogCollector(Collector):
    """Reads the log when it is asked. Names and units by the conventions of Prometheus; times are Unix seconds."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        # Said here to be nothing, so that registering reads nothing.
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        health = log_health(now=now)
        published = Checkpoint.objects.newest_published()
        waiting = health.oldest_pending
        yield _gauge("log_size_leaves", "Leaves in the tree.", _log_size())
        yield _gauge("log_signed_size_leaves", "Leaves under the newest signed checkpoint.", health.size)
        yield _gauge(
            "log_published_size_leaves",
            "Leaves under the newest published checkpoint.",
            published.size if published else 0,
        )
        yield _moment("log_signed_timestamp_seconds", "When the newest checkpoint was signed.", health.signed_at)
        yield _gauge("log_pending_entries", f"Entries that wait, up to {MOST_COUNTED}.", _count(Pending.objects.all()))
        yield _gauge(
            "log_oldest_pending_seconds",
            "How long the oldest entry that can get a place has waited for it.",
            waiting.total_seconds() if waiting else 0,
        )
        yield _gauge(
            "log_promised_delay_seconds", "Within how long an entry is promised.", health.promised_delay.total_seconds()
        )
        yield _gauge("log_unplaceable_entries", "Pending rows that contradict the log.", health.unplaceable)
        yield _alarms()
        yield from _rounds()


def _rounds() -> Iterator[GaugeMetricFamily]:
    place = MonitorPlace.objects.first()
    verified = VerificationRun.objects.filter(ended_at__isnull=False).newest_first().first()
    yield _moment(
        "log_monitor_run_timestamp_seconds", "When the monitor looked last.", place.looked_at if place else None
    )
    yield _gauge("log_monitor_leaf", "From which leaf the monitor recomputes next.", place.leaf if place else 0)
    yield _moment(
        "log_monitor_whole_timestamp_seconds",
        "Since when the whole log was recomputed once and found as it was written.",
        place.whole_since if place else None,
    )
    yield _moment(
        "log_verification_timestamp_seconds",
        "When a verification that an auditor asked for ended last.",
        verified.ended_at if verified else None,
    )


def _alarms() -> GaugeMetricFamily:
    family = GaugeMetricFamily("deelwijs_alarms_going", "Alarms about the log that are going.", labels=["kind"])
    counted = Alarm.objects.going().values_list("kind").annotate(Count("id")).order_by("kind")
    # Those that are not going too: a series that appears with its first value is one that no rule saw rise.
    for kind, number in {**dict.fromkeys(ALARM_KINDS, 0), **dict(counted)}.items():
        family.add_metric([kind], number)
    return family


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"deelwijs_{name}", meaning, value=value)


def _moment(name: str, meaning: str, at: datetime | None) -> GaugeMetricFamily:
    """Tell a moment; 0, the beginning of 1970, for what did not happen yet, so that its age is beyond every limit."""
    return _gauge(name, meaning, at.timestamp() if at else 0)


def _log_size() -> int:
    return LogHead.objects.values_list("size", flat=True).first() or 0


def _count(rows: "QuerySet[Pending]") -> int:
    return rows.values("pk")[:MOST_COUNTED].count()
