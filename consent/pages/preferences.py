"""`/my/preferences/`: an address for e-mail, a language, and quiet mode."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from consent.errors import ConfirmationRefused, InvalidPreference
from consent.models import Citizen
from consent.pages.access import own_page
from consent.pages.forms.widgets import TEXTBOX
from consent.services.preferences import (
    address_of,
    confirm_address,
    remove_address,
    set_address,
    set_language,
    set_quiet,
)


class AddressForm(forms.Form):
    """Where e-mail goes. What an address is, the service decides."""

    address = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": TEXTBOX, "autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Fill in an e-mail address, such as name@example.nl.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def my_preferences(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Show the settings; a POST changes the one whose button was pressed."""
    change = request.POST.get("change", "")
    stored, confirmed = address_of(citizen)
    form = AddressForm(request.POST if change == "address" else None, initial={"address": stored})
    status = 200
    if request.method == "POST":
        try:
            if change != "address" or form.is_valid():
                return _changed(request, citizen, change, form)
            status = 400
        except InvalidPreference as error:
            status = error.status
            if form.is_bound:
                for fault in error.errors:
                    form.add_error("address", str(fault.detail))
            else:
                messages.warning(request, " ".join(str(fault.detail) for fault in error.errors) or str(error.title))
    context = {
        "citizen": citizen,
        "form": form,
        "errors": [{"target": "id_address", "text": str(text)} for text in form.errors.get("address", ())],
        "address": stored,
        "confirmed": confirmed,
        "languages": settings.LANGUAGES,
    }
    return render(request, "consent/preferences.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def confirm(request: HttpRequest, citizen: Citizen, secret: str) -> HttpResponse:
    """Show a button that confirms the address. Programs that open links in e-mails press none."""
    if request.method == "POST":
        try:
            confirm_address(citizen=citizen, secret=secret)
        except ConfirmationRefused as error:
            messages.warning(request, f"{error.title}. {error.detail}")
        else:
            messages.success(request, _("Your address is confirmed. We send e-mail there when something happens."))
        return redirect("my-preferences")
    return render(request, "consent/preferences_confirm.html")


def _changed(request: HttpRequest, citizen: Citizen, change: str, form: AddressForm) -> HttpResponse:
    answer = redirect("my-preferences")
    if change == "address":
        set_address(citizen=citizen, address=form.cleaned_data["address"])
        if not address_of(citizen)[1]:
            messages.success(request, _("We sent an e-mail to this address. Confirm it with the link in there."))
    elif change == "no-address":
        remove_address(citizen=citizen)
        messages.success(request, _("Your address is removed. You get no e-mail."))
    elif change == "language":
        language = request.POST.get("language", "")
        set_language(citizen=citizen, language=language)
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            domain=settings.LANGUAGE_COOKIE_DOMAIN,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    elif change == "quiet":
        set_quiet(citizen=citizen, quiet=request.POST.get("quiet") == "yes")
    else:
        messages.info(request, _("Nothing was changed."))
    return answer
