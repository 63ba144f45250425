"""Who may see the pages of the log: auditors and privacy officers, of the organisations that they oversee."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from audit.errors import Forbidden
from audit.people import Viewer, people

Arguments = ParamSpec("Arguments")


def auditor_page(
    view: Callable[Concatenate[HttpRequest, Viewer, Arguments], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
    """Give the view the auditor who is signed in."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        viewer = people().viewer(request)
        if viewer.kind == "anonymous":
            return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
        if viewer.kind != "auditor":
            raise Forbidden(_("Only auditors and privacy officers read the log. Residents find theirs under My data."))
        return view(request, viewer, *args, **kwargs)

    return checked
