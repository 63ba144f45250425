"""What every page is given besides its own data."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from consent.models import Account, Citizen, Member, Role
from consent.pages.access import MANDATE, mandate_of_session


def front_end(request: HttpRequest) -> dict[str, Any]:
    """Name the theme. Its style sheets come from npm at set-up; without them the pages keep their plain style."""
    return {
        "demonstration": settings.DEMONSTRATION,
        "theme_class": settings.THEME_CLASS,
        "theme_stylesheets": _present(tuple(settings.THEME_STYLESHEETS)),
        "visitor": (visitor := Visitor(request)),
        # Asked for when the menu is drawn, so that an answer without a menu costs no query.
        "navigation": partial(navigation, request, visitor),
    }


class Visitor:
    """Who looks at a page, for what stands on each: asked of the database when a template asks, and once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def citizen(self) -> Citizen | None:
        account = getattr(self._request, "user", None)
        return Citizen.objects.filter(account=account).first() if isinstance(account, Account) else None

    @property
    def quiet(self) -> bool:
        """Whether the page tells nothing to who looks over the shoulder or at the list of visited pages."""
        return self.citizen is not None and self.citizen.quiet

    @cached_property
    def acts_for(self) -> str:
        """The name of whom this citizen acts for, or ""."""
        if self.citizen is None or MANDATE not in self._request.session:
            return ""
        mandate = mandate_of_session(self._request, self.citizen)
        return "" if mandate is None else mandate.citizen.account.display_name


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A line of the menu; `current` is the value of aria-current: "page", "true" for a page below it, or ""."""

    url: str
    title: Promise
    current: str


def navigation(request: HttpRequest, visitor: Visitor) -> list[NavigationItem]:
    """Return the parts of the service that this person can use, the public ones first."""
    items = [("home", _("Home")), ("register", _("Register"))]
    account = getattr(request, "user", None)
    if isinstance(account, Account):
        if visitor.citizen is not None:
            items.append(("my", _("My data")))
        roles = set(Member.objects.of_account(account).values_list("role", flat=True))
        if Role.REQUESTER in roles:
            items.append(("desk", _("Desk")))
        if Role.APPROVER in roles:
            items.append(("desk-deferrals", _("Told later")))
        if Role.REGISTRAR in roles:
            items.append(("desk-mandates", _("Mandates")))
        if roles & {Role.PURPOSE_EDITOR, Role.PRIVACY_OFFICER}:
            items.append(("desk-purposes", _("Purposes")))
        if roles & {Role.AUDITOR, Role.PRIVACY_OFFICER}:
            items.append(("oversight", _("Oversight")))
    urls = [reverse(name) for name, _title in items]
    # A page below two of them is below the nearest: /desk/purposes/ stands in the menu beside /desk/.
    nearest = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [
        NavigationItem(url, title, _current(request.path, url) if url == nearest else "")
        for url, (_name, title) in zip(urls, items, strict=True)
    ]


def _current(path: str, url: str) -> str:
    if path == url:
        return "page"
    # Every address is below that of the front door.
    return "true" if url != "/" and path.startswith(url) else ""


@cache
def _present(stylesheets: tuple[str, ...]) -> list[str]:
    return [path for path in stylesheets if finders.find(path)]
