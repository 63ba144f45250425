"""A walk through the pages of the public log."""

from collections.abc import Iterator
from io import StringIO

from django.core.management import call_command
from playwright.sync_api import Page

from audit.roles import SEQUENCER
from tests.audit.log import grow, signed_in_as


def visit_public_log(page: Page) -> Iterator[str]:
    """Yield each page about the log, with a key that was retired and one of ML-DSA-44."""
    with signed_in_as(SEQUENCER):
        call_command("create_log_key", "--rotate", stdout=StringIO())
        call_command("create_log_key", "--ml-dsa", stdout=StringIO())
    grow(1)
    with signed_in_as(SEQUENCER):
        call_command("retire_log_key", stdout=StringIO())
    page.goto("/audit/log/")
    yield "the public log"
    page.locator("main dl a").first.click()
    page.locator("main details summary").first.click()
    yield "the keys of the log"
