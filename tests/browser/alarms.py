"""A walk through what auditors see when something is wrong with the log."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import BrowserContext, Page
from uuid_utils.compat import uuid7

from audit.models import MonitorPlace, VerificationRun
from audit.services.alarm import end_alarm, raise_alarm
from tests.browser.conftest import SignIn, Town, press


def visit_alarms(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield the page of alarms in each of its states, and the pages that tell of alarms and of a long verification."""
    sign_in(browsing, town.cast.hanna.account)
    page.goto("/oversight/alarms/")
    yield "no alarms"
    now = timezone.now()
    MonitorPlace.objects.create(looked_at=now, round_began_at=now, whole_since=now - timedelta(days=3))
    raise_alarm(kind="pending-late", where="deelwijs.example/log", explanation="The oldest has waited 90 seconds.")
    end_alarm(kind="pending-late", where="deelwijs.example/log")
    where = "record 0199a2c4-7f6e-7c55-a1a0-0d2f4f1f7a10, column organisation"
    raise_alarm(kind="log-altered", where=where, explanation=f"{where}: The column says something else.")
    raise_alarm(kind="monitor-sees-cut", where="deelwijs.example/log", explanation="There were 10 leaves, now 4.")
    page.goto("/oversight/alarms/")
    page.locator("details summary").first.click()
    yield "alarms"
    press(page.locator("main form button").first)
    yield "a note that was forgotten"
    page.locator("main form textarea").first.fill("De beheerder is gebeld.")
    press(page.locator("main form button").first)
    yield "an alarm that somebody looked at"
    page.goto("/oversight/")
    yield "the oversight while alarms go on"
    run = VerificationRun.objects.create(asked_at=now, asked_entry=uuid7(), leaves=1_000_000, seen_at=now)
    VerificationRun.objects.update(part={"size": 250_000})
    page.goto("/oversight/verification/")
    yield "a verification that runs"
    VerificationRun.objects.filter(pk=run.pk).update(
        ended_at=now,
        counts={"leaves": 300_000, "tiles": 1_176, "checkpoints": 800, "erased": 3, "pending": 1},
        discrepancy={"kind": "record-column-altered", "where": where, "explanation": "The column says something else."},
    )
    page.goto("/oversight/verification/")
    page.locator("main details summary").first.click()
    yield "what a verification found"
