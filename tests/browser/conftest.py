"""A municipality in which things have happened, and people signed in before a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from consent.models import Account
from deploy import context
from sharing.models import Request
from sharing.services.release import release
from tests.audit.log import sequence
from tests.cast import Cast, committed_cast
from tests.consent.test_pages_register import publish

__all__ = ["committed_cast"]

# What comes late on a busy machine comes all the same, and nothing here is about speed.
expect.set_options(timeout=60_000)

SignIn = Callable[[BrowserContext, Account], None]

# Where set-up puts what npm brings. Pages must be right with it, and right without it.
PACKAGES = Path(configured.BASE) / "var" / "static-packages"
LOOKS = ["plain", "themed"] if PACKAGES.is_dir() else ["plain"]


@dataclass(frozen=True, slots=True)
class Town:
    """The cast with a life: Anna granted, was read once and refused once, and is asked for one purpose more."""

    cast: Cast
    asked: Request
    consent_id: str


@pytest.fixture
def town(live_server: LiveServer, committed_cast: Cast) -> Town:
    cast = committed_cast
    consent = cast.grant(uses=1)
    asked = cast.ask()
    for number in range(2):
        release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=f"town-{number}")
    publish(cast, "street-works")
    cast.ask(bsn="999993653")
    sequence()
    return Town(cast, asked, str(consent.pk))


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignIn:
    """Sign an account in, without the provider that would be asked."""

    def sign_in(browsing: BrowserContext, account: Account) -> None:
        session = Client()
        session.force_login(account)
        name = configured.SESSION_COOKIE_NAME
        browsing.add_cookies([{"name": name, "value": session.cookies[name].value, "url": live_server.url}])

    return sign_in


def press(control: Locator) -> None:
    """Press what leads to another page, and wait until that page stands.

    Who goes on at once looks at the page before, or at one that is going away under the hands.
    """
    with control.page.expect_navigation():
        control.click()


@pytest.fixture(params=[*(pytest.param(look, marks=pytest.mark.slow) for look in LOOKS[:-1]), *LOOKS[-1:]])
def look(request: pytest.FixtureRequest, settings: Settings) -> Iterator[str]:
    """Pages with the theme that set-up brought, and in the slow run also in their plain style."""
    settings.STATICFILES_DIRS = [PACKAGES] if request.param == "themed" else []
    _forget_static_files()
    yield request.param
    _forget_static_files()


@pytest.fixture
def policy_breaches(page: Page) -> list[str]:
    """What the browser refused because of the content security policy, and other errors of its own."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        # The browser also names each answer of 400 and higher; those are part of what is tested.
        lambda message: (
            found.append(message.text)
            if message.type in ("error", "warning") and "the server responded with a status" not in message.text
            else None
        ),
    )
    return found


def _forget_static_files() -> None:
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]  # the types do not say that it is cached
    context._present.cache_clear()
