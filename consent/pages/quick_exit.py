"""The quick way out of quiet mode: signed out, nothing left on the device, and on to a page that nobody asks about."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST


@require_POST
def quick_exit(request: HttpRequest) -> HttpResponse:
    """Sign out and leave; also for whose session has ended already."""
    logout(request)
    answer = HttpResponseRedirect(settings.QUICK_EXIT_URL)
    # https://www.w3.org/TR/clear-site-data/: what this device keeps of these pages goes too.
    answer["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer
