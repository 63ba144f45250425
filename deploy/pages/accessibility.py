"""The accessibility statement, in the form of the Dutch government's model (EN 301 549 and the Dutch decree on it).

https://www.digitoegankelijk.nl/toegankelijkheidsverklaring/invulassistent
"""

from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

# When somebody last compared this text with the service.
CHECKED_ON = date(2026, 11, 24)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how accessible the service is, what is known not to be, how that was found, and whom to tell."""
    return render(request, "accessibility.html", {"checked_on": CHECKED_ON, "contact": settings.API_CONTACT})
