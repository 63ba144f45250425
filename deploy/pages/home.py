"""The front door: what this is, for whom, and the three ways in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.models import Account
from deploy.pages.after_sign_in import own_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    account = request.user
    # Who has not signed in is most likely a resident.
    return render(request, "home.html", {"own_page": own_page(account) if isinstance(account, Account) else "my"})
