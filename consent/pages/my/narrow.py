"""Sharing less of what one shares."""

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
from consent.pages.access import citizen_page
from consent.pages.area_map import area_map
from consent.pages.consent_card import consent_cards
from consent.pages.forms import NarrowForm, answer_choices
from consent.pages.my.reach import consent_of
from consent.pages.register import notice_context
from consent.services.change import narrow_consent


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def narrow(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    """Show what a consent allows as a form on which it can only become less; a POST stores that."""
    consent = consent_of(acting, consent_id)
    now = timezone.now()
    if consent.state not in STANDING_STATES or consent.ends_at is None or consent.ends_at <= now:
        messages.info(request, _("This had ended already. Nothing is shared."))
        return redirect("my-consent", consent_id=consent_id)
    language = get_language() or "nl"
    consent.purpose_version.purpose = consent.purpose
    shown = notice_context(consent.purpose_version, language)
    choices = answer_choices(consent.purpose_version, shown["notice"], language=language, now=now, latest_end=None)
    form = NarrowForm(consent, choices, data=request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        try:
            return _narrowed(request, acting, consent, form)
        except (InvalidConsent, TextChanged, ConsentChanged) as error:
            form.add_domain_error(error)
            status = error.status
    asked = [field for field in shown["asked_fields"] if field["name"] in consent.conditions["fields"]]
    context = {
        **shown,
        "asked_fields": asked,
        "card": consent_cards(Consent.objects.filter(pk=consent.pk), now=now)[0],
        "form": form,
        "errors": form.error_links(),
        "map": area_map(form.choices.areas),
        "several": len(form.choices.recipients) > 1,
    }
    return render(request, "consent/narrow.html", context, status=status)


def _narrowed(request: HttpRequest, acting: Acting, consent: Consent, form: NarrowForm) -> HttpResponse:
    sent = request.POST.get("version", "")
    version = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1
    if not form.is_valid():
        raise InvalidConsent(detail=_("Look at the answers that are marked."))
    try:
        narrow_consent(
            citizen=acting.citizen,
            consent_id=consent.pk,
            terms=form.terms(),
            version=version,
            mandate=acting.mandate,
        )
    except TransitionRefused:
        messages.info(request, _("This had ended already. Nothing is shared."))
    else:
        messages.success(request, _("From now on you share less. This is what you share."))
    return redirect("my-consent", consent_id=consent.pk)
