"""A walk through the oversight while the log refuses to sign, and where another party has stamped it."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from audit.fork_guard.refusals import LogBehindCheckpoint
from audit.models import Checkpoint, Timestamp
from audit.services.alarm import end_alarm, raise_alarm
from tests.browser.conftest import SignIn, Town


def visit_refusal(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield the oversight in the states that the sequencer and the time stamping authority give it."""
    sign_in(browsing, town.cast.hanna.account)
    Timestamp.objects.create(
        size=Checkpoint.objects.newest_first()[0].size,
        response=b"as it came",
        at=timezone.now() - timedelta(minutes=5),
        authority="CN=Time stamping unit 7,O=Trusted Time B.V.,C=NL",
    )
    page.goto("/oversight/")
    page.locator("summary", has_text="tijdstempel").or_(page.locator("summary", has_text="timestamp")).click()
    yield "a timestamp of the log"
    raised = {"kind": LogBehindCheckpoint.kind, "where": settings.LOG_ORIGIN}
    raise_alarm(
        **raised,
        explanation="The database holds 12 leaves, but a checkpoint of deelwijs.example/log over 15 was signed:"
        " /srv/log/last-checkpoint remembers it. The database was probably restored from a backup. Nothing is signed,"
        " and what is logged waits.",
    )
    page.goto("/oversight/")
    yield "a log that refuses to sign"
    end_alarm(**raised)
