"""A walk through the files of an auditor: asked for with a mistake, in the making, ready, cancelled."""

from collections.abc import Iterator

from playwright.sync_api import BrowserContext, Page

from audit.models import LogExport
from audit.services.export import fail_export, make_export
from tests.audit.log import sequence
from tests.browser.conftest import SignIn, Town, press


def visit_exports(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield each page on which an auditor takes the log along."""
    sign_in(browsing, town.cast.hanna.account)
    page.goto("/oversight/exports/")
    yield "no files"
    page.goto(f"/oversight/exports/new/?consent={town.consent_id}")
    yield "a new file"
    page.locator("main form").evaluate("form => form.noValidate = true")
    press(page.locator("main form button"))
    yield "a new file with a mistake"
    page.locator("#format-bundle").check()
    press(page.locator("main form button"))
    export = LogExport.objects.get()
    page.goto(f"/oversight/exports/{export.pk}/?quietly")
    yield "a file in the making"
    sequence()
    make_export(export_id=export.pk)
    page.goto(f"/oversight/exports/{export.pk}/")
    yield "evidence that is ready"
    for kind in ("csv", "jsonl"):
        page.goto("/oversight/exports/new/")
        page.locator(f"#format-{kind}").check()
        press(page.locator("main form button"))
        export = LogExport.objects.get(format=kind)
        if kind == "jsonl":
            fail_export(export_id=export.pk, failure="too-long")
            page.goto(f"/oversight/exports/{export.pk}/")
            yield "a file that could not be made"
        else:
            page.goto(f"/oversight/exports/{export.pk}/?quietly")
            press(page.locator("main form button"))
            yield "a file that was cancelled"
    page.goto("/oversight/exports/")
    yield "files"
