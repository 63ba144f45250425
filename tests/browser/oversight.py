"""A walk through the pages of auditors: charts, findings and how they are tuned, and saved searches."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from audit.entry import Entry
from audit.models import Finding
from audit.services.append import append_entry
from tests.browser.conftest import SignIn, Town, press


def visit_oversight(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield each page of the oversight but the list of entries, with something on it and with mistakes."""
    finding = _something_unusual(town)
    sign_in(browsing, town.cast.hanna.account)
    page.goto("/oversight/?outcome=refused")
    for summary in page.locator("main summary").all():
        summary.click()
    yield "everything to search by"
    press(page.locator("form[action='/oversight/searches/'] button"))
    yield "a saved search with a mistake"
    page.locator("#id_name").fill("Refusals of this month")
    press(page.locator("form[action='/oversight/searches/'] button"))
    page.locator("main summary").first.click()
    yield "saved searches"
    for path in ("/oversight/charts/", "/oversight/charts/?until=2026-01-01", "/oversight/charts/?case=nothing"):
        page.goto(path)
        yield path
    page.goto("/oversight/findings/")
    yield "findings"
    page.goto(f"/oversight/findings/{finding.pk}/")
    yield "a finding"
    press(page.locator("button[value=looked-into]"))
    press(page.locator("button[value=explained]"))
    yield "a finding with a mistake"
    page.locator("#id_note").fill("They sent the yearly letter.")
    press(page.locator("button[value=explained]"))
    yield "a finding that was explained"
    page.goto("/oversight/findings/rules/")
    page.locator("main summary").first.click()
    page.locator("#id_bulk-reading-least").fill("0")
    press(page.locator("main form button").first)
    yield "a rule with a mistake"


def _something_unusual(town: Town) -> Finding:
    """Let Daan read a lot, and others too, on several days and with refusals among it."""
    cast = town.cast
    now = timezone.now()
    for number in range(40):
        member = (cast.daan, cast.daan, cast.eva, cast.gijs)[number % 4]
        refused = number % 5 == 0
        last = append_entry(
            Entry(
                action="sharing.released",
                outcome="refused" if refused else "allowed",
                reason=("uses", "window", "consent-given")[number % 3] if refused else "",
                at=now - timedelta(hours=7 * number),
                subject=cast.anna.log_subject,
                organisation=cast.municipality.oin,
                role=member.role,
                department=member.department,
                user_sealed=bytes(member.sealed_name),
                purpose="energy-allowance",
            )
        )
    return Finding.objects.create(
        organisation=cast.municipality.oin,
        kind="near-to-employee",
        user_sealed=bytes(cast.gijs.sealed_name),
        subject=cast.anna.log_subject,
        relation="colleague",
        values={"least": 1, "days": 30, "quietDays": 90},
        example=last.id,
        number=10,
        first_at=now - timedelta(hours=7 * 40),
        last_at=now,
        raised_at=now,
    )
