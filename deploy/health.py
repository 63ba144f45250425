"""Whether the service can do its work, for load balancers and monitors.

It says which part fails and never why: reasons hold addresses and names, and this page is for anyone.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import connection, connections
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.models import Alarm
from audit.monitor.log_health import log_health
from consent.clock import check_clock
from consent.keys.health import prove_key_service
from consent.keys.keystore import keystore, keystore_is_apart
from consent.keys.rotation.horizon import horizon_is_kept
from consent.mail.sending import failed_lately
from consent.models import KeyOrder
from deploy.celery import app

# The beat carries an order out within a minute of the keystore's return.
OLDEST_KEY_ORDER = timedelta(minutes=10)

logger = structlog.get_logger(__name__)


class ErasureLate(Exception):
    """A key that has ended can still be had."""


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part works, 503 when one does not. `oldestPendingSeconds` is null when none waits.

    What is wrong with the log itself degrades that part and the status, and the answer stays 200: evidence of a change
    must be looked at by a person, and a load balancer that takes the whole service away for it would do what whoever
    wrote one row into the database could not. Entries are durable all the same; where they cannot be written, nothing
    is released. `failedMails` is how many e-mails were given up in the last day. Each of them is one person's, and
    stops nobody.
    """
    parts = {name: _works(name, check) for name, check in {**PARTS, **_keystore_part()}.items()}
    told = {name: "ok" if part else "failing" for name, part in parts.items()}
    oldest_pending_seconds = None
    failed_mails = None
    if parts["database"]:
        failed_mails = failed_lately()
        log = log_health(now=timezone.now())
        told["log"] = "ok" if log.keeps_promise and not Alarm.objects.going().exists() else "degraded"
        if log.oldest_pending is not None:
            oldest_pending_seconds = round(log.oldest_pending.total_seconds(), 3)
    works = all(parts.values())
    return JsonResponse(
        {
            "status": "failing" if not works else "degraded" if "degraded" in told.values() else "ok",
            "parts": told,
            "oldestPendingSeconds": oldest_pending_seconds,
            "failedMails": failed_mails,
        },
        status=200 if works else 503,
    )


def _works(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:
        # Whatever goes wrong in a part, the answer is that it fails.
        logger.exception("health check failed", part=name)
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _keystore_part() -> dict[str, Callable[[], object]]:
    """Return the part that is there only where the key tables are apart."""
    return {"keystore": _ask_keystore} if keystore_is_apart() else {}


def _ask_keystore() -> None:
    with connections[keystore()].cursor() as cursor:
        cursor.execute("SELECT 1")


def _look_at_erasure() -> None:
    """Raise ErasureLate where an epoch key outlived the published horizon, or an order to end a key is not carried out.

    See `consent.keys.rotation.horizon` and `consent.keys.orders`.
    """
    now = timezone.now()
    if not horizon_is_kept(now):
        raise ErasureLate("an epoch key is older than the erasure horizon")
    if KeyOrder.objects.filter(ordered_at__lt=now - OLDEST_KEY_ORDER).exists():
        raise ErasureLate("a key that was ended is not destroyed yet")


def _ask_queue() -> None:
    with app.connection_for_write() as queue:
        queue.ensure_connection(max_retries=1, timeout=2)


PARTS: dict[str, Callable[[], object]] = {
    "database": _ask_database,
    "queue": _ask_queue,
    "keys": prove_key_service,
    "erasure": _look_at_erasure,
    "clock": check_clock,
}
