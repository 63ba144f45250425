"""What every page is given besides its own data."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.models import Account, Citizen, Member, Role


def front_end(request: HttpRequest) -> dict[str, Any]:
    """Name the theme. Its style sheets come from npm at set-up; without them the pages keep their plain style."""
    return {
        "demonstration": settings.DEMONSTRATION,
        "theme_class": settings.THEME_CLASS,
        "theme_stylesheets": _present(tuple(settings.THEME_STYLESHEETS)),
        # Asked for when the menu is drawn, so that an answer without a menu costs no query.
        "navigation": partial(navigation, request),
    }


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A line of the menu; `current` is the value of aria-current: "page", "true" for a page below it, or ""."""

    url: str
    title: Promise
    current: str


def navigation(request: HttpRequest) -> list[NavigationItem]:
    """Return the parts of the service that this person can use, the public ones first."""
    items = [("home", _("Home")), ("register", _("Register"))]
    account = getattr(request, "user", None)
    if isinstance(account, Account):
        if Citizen.objects.filter(account=account).exists():
            items.append(("my", _("My data")))
        roles = set(Member.objects.of_account(account).values_list("role", flat=True))
        if Role.REQUESTER in roles:
            items.append(("desk", _("Desk")))
        if roles & {Role.AUDITOR, Role.PRIVACY_OFFICER}:
            items.append(("oversight", _("Oversight")))
    return [NavigationItem(reverse(name), title, _current(request.path, reverse(name))) for name, title in items]


def _current(path: str, url: str) -> str:
    if path == url:
        return "page"
    # Every address is below that of the front door.
    return "true" if url != "/" and path.startswith(url) else ""


@cache
def _present(stylesheets: tuple[str, ...]) -> list[str]:
    return [path for path in stylesheets if finders.find(path)]
