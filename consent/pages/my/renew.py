"""Making a consent last longer. It never does so by itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent.acting import Acting
from consent.errors import ConsentChanged, InvalidConsent, TextChanged, TransitionRefused
from consent.lifecycle import STANDING_STATES
from consent.models import Consent
from consent.notice import LANGUAGES
from consent.pages.access import citizen_page
from consent.pages.consent_card import consent_cards
from consent.pages.forms import RenewForm
from consent.pages.forms.days import end_of_day, last_day
from consent.pages.my.reach import consent_of
from consent.pages.register import notice_context
from consent.services.bounds import bounds
from consent.services.change import renew_consent
from consent.services.mandates import latest_end


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def renew(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    """Show the text once more with a new end to choose; a POST stores that."""
    consent = consent_of(acting, consent_id)
    now = timezone.now()
    if consent.state not in STANDING_STATES or consent.ends_at is None or consent.ends_at <= now:
        messages.info(request, _("This had ended already. Nothing is shared."))
        return redirect("my-consent", consent_id=consent_id)
    version = consent.purpose_version
    version.purpose = consent.purpose
    if consent.purpose.retired_at is not None:
        messages.info(request, _("This purpose is no longer in use, so you cannot make it longer."))
        return redirect("my-consent", consent_id=consent_id)
    if consent.purpose.current_version_id != version.pk:
        messages.info(request, _("There is a newer text. Read it and choose again."))
        return redirect("my-purpose", slug=consent.purpose.slug)
    language = get_language() or "nl"
    form = RenewForm(
        first_day=timezone.localdate(now),
        last_day=last_day(
            now, version.longest_validity_days, bounds(version, now, latest_end=latest_end(acting.mandate)).latest_end
        ),
        counted="uses" in consent.conditions,
        data=request.POST if request.method == "POST" else None,
    )
    status = 200
    if form.is_bound:
        try:
            return _renewed(request, acting, consent, form)
        except (InvalidConsent, TextChanged, ConsentChanged) as error:
            form.add_domain_error(error)
            status = error.status
    context = {
        **notice_context(version, language),
        "card": consent_cards(Consent.objects.filter(pk=consent.pk), now=now)[0],
        "form": form,
        "errors": form.error_links(),
        "language": language,
        "notice_hash": version.notice_hashes[language],
    }
    return render(request, "consent/renew.html", context, status=status)


def _renewed(request: HttpRequest, acting: Acting, consent: Consent, form: RenewForm) -> HttpResponse:
    sent: Any = request.POST
    read = sent.get("language", "")
    if read not in LANGUAGES or sent.get("notice_hash") != consent.purpose_version.notice_hashes[read]:
        raise TextChanged(detail=_("Read the text once more and choose again."))
    if not form.is_valid():
        raise InvalidConsent(detail=_("Look at the answers that are marked."))
    version = sent.get("version", "")
    try:
        renew_consent(
            citizen=acting.citizen,
            consent_id=consent.pk,
            valid_until=end_of_day(form.cleaned_data["until"]),
            more_uses=form.cleaned_data.get("more_uses"),
            language=read,
            notice_hash=sent["notice_hash"],
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1,
            mandate=acting.mandate,
        )
    except TransitionRefused:
        messages.info(request, _("This had ended already. Nothing is shared."))
    else:
        messages.success(request, _("You made it longer. You can still stop at any moment."))
    return redirect("my-consent", consent_id=consent.pk)
