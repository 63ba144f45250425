"""A walk through the history, a line of it, the check, and what is contested and answered."""

from collections.abc import Iterator

from playwright.sync_api import BrowserContext, Page, expect

from audit.models import Contest, Record
from tests.browser.conftest import SignIn, Town, press

WORDS = "Ik heb nooit met deze afdeling gesproken."


def visit_history(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield the history narrowed and unfolded, a line, the check before and after, and both ends of a contest."""
    line = Record.objects.filter(action="sharing.released", outcome="allowed").latest("at")
    sign_in(browsing, town.cast.anna.account)
    for path in (
        "/my/history/?kind=looked",
        "/my/history/?since=2026-02-02&until=2026-02-01",
        f"/my/history/{line.pk}/",
    ):
        page.goto(path)
        yield path
    page.goto("/my/check/")
    yield "the check before it"
    page.locator("#check-start").click()
    expect(page.locator("[data-end=right]")).to_be_visible()
    page.locator("#check-form summary").click()
    yield "the check after it"
    page.route("**/audit/log/key", lambda route: route.fulfill(body="no key"))
    page.locator("#check-start").click()
    expect(page.locator("[data-end=wrong]")).to_be_visible()
    page.unroute("**/audit/log/key")
    yield "a check that found something wrong"
    page.goto(f"/my/history/{line.pk}/contest/")
    press(page.locator("main form button").last)
    yield "a contest with mistakes"
    page.locator("#id_words").fill(WORDS)
    press(page.locator("main form button").last)
    yield "a line that is contested"
    contest = Contest.objects.get()
    sign_in(browsing, town.cast.gijs.account)
    page.goto("/oversight/contests/")
    yield "contests that wait"
    page.goto(f"/oversight/contests/{contest.pk}/")
    press(page.locator("button[value=take]"))
    page.locator("details summary").last.click()
    yield "a contest that one answers"
    press(page.locator("button[value=answer]"))
    yield "an answer with mistakes"
    page.locator("input[value=was-wrong]").check()
    page.locator("#id_words").fill("U had gelijk. Wij hebben de zaak gesloten.")
    press(page.locator("button[value=answer]"))
    page.goto("/oversight/contests/?show=closed")
    yield "contests that are over"
    page.goto(f"/oversight/contests/{contest.pk}/")
    yield "a contest that was answered"
    sign_in(browsing, town.cast.anna.account)
    page.goto("/my/history/")
    for fold in page.locator("main ol.dw-timeline summary").all():
        fold.click()
    yield "a history with an answer"
