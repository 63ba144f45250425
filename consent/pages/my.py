"""The citizen's own pages: what is asked of me, what I share, who looked, and stopping."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.models import Record
from audit.pages.paging import record_page
from consent.acting import Acting
from consent.errors import (
    AlreadyGranted,
    ConsentNotFound,
    InvalidConsent,
    PurposeNotFound,
    PurposeNotInForce,
    TextChanged,
    TransitionRefused,
)
from consent.lifecycle import OPEN_STATES, State
from consent.models import Citizen, Consent, Purpose, PurposeVersion
from consent.notice import LANGUAGES
from consent.pages.access import citizen_page
from consent.pages.consent_card import consent_cards
from consent.pages.forms import AnswerForm
from consent.pages.register import notice_context
from consent.pages.timeline import timeline
from consent.services.answer import grant_consent, refuse_purpose, withdraw_consent

YES, NO = "yes", "no"
LATEST = 20
HISTORY = 50


@require_safe
@citizen_page
def my(request: HttpRequest, acting: Acting) -> HttpResponse:
    """Show what waits for an answer, what is shared, what has ended, and the newest of the timeline."""
    citizen = acting.citizen
    now = timezone.now()
    consents = Consent.objects.of_citizen(citizen)
    # A question for a purpose that was retired since needs no answer any more.
    unanswerable = {"state": State.REQUESTED, "purpose__retired_at__isnull": False}
    cards = consent_cards(consents.still_open().exclude(**unanswerable), now=now)
    ended = consent_cards(consents.exclude(state__in=OPEN_STATES), now=now, most=LATEST)
    # Where an organisation took part. Signing in, or changing one's own data, is for the whole history.
    records = Record.objects.about(citizen.log_subject).exclude(organisation="")
    page = record_page(records, before="", size=LATEST)
    context = {
        "asked": [card for card in cards if card.state == State.REQUESTED],
        "given": [card for card in cards if card.state == State.GIVEN],
        "ended": [*(card for card in cards if card.ended), *ended],
        "events": timeline(page.records),
        "more": bool(page.older),
    }
    return render(request, "consent/my.html", context)


@require_safe
@citizen_page
def history(request: HttpRequest, acting: Acting) -> HttpResponse:
    """Show the whole timeline, a page at a time."""
    citizen = acting.citizen
    before = request.GET.get("before", "")
    page = record_page(Record.objects.about(citizen.log_subject), before=before, size=HISTORY)
    context = {"events": timeline(page.records), "older": page.older, "first": not before}
    return render(request, "consent/history.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def my_purpose(request: HttpRequest, acting: Acting, slug: str) -> HttpResponse:
    """Show the text of a purpose and take the answer to it: yes with terms, or no."""
    citizen = acting.citizen
    version = _version_in_force(slug)
    consent = (
        Consent.objects.of_citizen(citizen)
        .still_open()
        .exclude(ends_at__lte=timezone.now())
        .filter(purpose_id=version.purpose_id)
        .first()
    )
    if consent is not None and consent.state == State.GIVEN:
        return _already_shared(request, consent)
    if request.method == "POST" and request.POST.get("answer") == NO:
        return _say_no(request, citizen, version)
    return _form(request, citizen, version)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def my_consent(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    """Show one consent with everything that happened under it; a POST stops it."""
    citizen = acting.citizen
    if request.method == "POST":
        return _stop(request, citizen, consent_id)
    cards = consent_cards(Consent.objects.of_citizen(citizen).filter(pk=consent_id), now=timezone.now())
    if not cards:
        raise ConsentNotFound
    # Under the consent and about this citizen: what the database relates by id alone is not shown on trust.
    records = Record.objects.about(citizen.log_subject).under_consent(consent_id)
    page = record_page(records, before=request.GET.get("before", ""), size=LATEST)
    context = {
        "card": cards[0],
        "events": timeline(page.records),
        "older": page.older,
        "first": "before" not in request.GET,
    }
    return render(request, "consent/consent.html", context)


def _version_in_force(slug: str) -> PurposeVersion:
    purpose = (
        Purpose.objects.filter(slug=slug, current_version__isnull=False)
        .select_related("current_version", "organisation")
        .first()
    )
    if purpose is None or purpose.current_version is None:
        raise PurposeNotFound
    if purpose.retired_at is not None:
        raise PurposeNotInForce
    version = purpose.current_version
    version.purpose = purpose
    return version


def _already_shared(request: HttpRequest, consent: Consent) -> HttpResponse:
    if request.method == "POST" and request.POST.get("answer") == NO:
        messages.warning(request, _("You already share data for this purpose. You can stop below."))
    elif request.method == "POST":
        # The button pressed twice: the first time it was done.
        messages.info(request, _("You already share data for this purpose. This is what you share."))
    return redirect("my-consent", consent_id=consent.pk)


def _say_no(request: HttpRequest, citizen: Citizen, version: PurposeVersion) -> HttpResponse:
    try:
        refuse_purpose(citizen=citizen, purpose_version_id=version.pk)
    except TransitionRefused:
        # A yes in another window came first.
        messages.warning(request, _("You already share data for this purpose. Stop that first to choose again."))
        return redirect("my")
    messages.success(request, _("You said no. Nothing is shared, and this has no consequences for you."))
    return redirect("my")


def _form(request: HttpRequest, citizen: Citizen, version: PurposeVersion) -> HttpResponse:
    language = get_language() or "nl"
    shown = notice_context(version, language)
    form = AnswerForm(shown["notice"], now=timezone.now(), data=request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        try:
            given = _say_yes(request, citizen, version, form)
        except AlreadyGranted:
            # A yes in another window came first, or says something else.
            messages.warning(request, _("You already share data for this purpose. Stop that first to choose again."))
            return redirect("my")
        except (InvalidConsent, TextChanged) as error:
            form.add_domain_error(error)
            status = error.status
        else:
            messages.success(request, _("You now share this data. You can stop at any moment."))
            return redirect("my-consent", consent_id=given.pk)
    context = {
        **shown,
        "form": form,
        "errors": _error_links(form),
        "version": version,
        "language": language,
        "notice_hash": version.notice_hashes[language],
        "recipient_names": _recipient_names(shown["notice"]),
    }
    return render(request, "consent/purpose.html", context, status=status)


def _say_yes(request: HttpRequest, citizen: Citizen, version: PurposeVersion, form: AnswerForm) -> Consent:
    read = request.POST.get("language", "")
    if (
        request.POST.get("purpose_version") != str(version.pk)
        or read not in LANGUAGES
        or request.POST.get("notice_hash") != version.notice_hashes[read]
    ):
        # Before the form's own faults: who repairs those below a new text would agree to what was not read.
        raise TextChanged(detail=_("Read the text once more and choose again."))
    if not form.is_valid():
        raise InvalidConsent(detail=_("Look at the answers that are marked."))
    if request.POST.get("answer") != YES:
        # The Enter key in a field presses no button: that is not a yes.
        raise InvalidConsent(detail=_("Press yes or no to answer."))
    return grant_consent(
        citizen=citizen,
        purpose_version_id=version.pk,
        terms=form.terms(),
        language=read,
        notice_hash=request.POST["notice_hash"],
    )


def _recipient_names(shown: Mapping[str, Any]) -> str:
    names = [recipient["name"] for recipient in shown["recipients"]]
    return names[0] if len(names) == 1 else _("the organisations that you ticked")


def _error_links(form: AnswerForm) -> list[dict[str, str]]:
    """Return what is wrong in the order of the page, each with the id of the place where it can be repaired."""
    places = {"until": "id_until", "uses": "id_uses", "fields_chosen": "fields", "recipients": "recipients"}
    return [
        {"target": places.get(name, ""), "text": str(text)}
        for name in (NON_FIELD_ERRORS, *form.fields)
        for text in form.errors.get(name, ())
    ]


def _stop(request: HttpRequest, citizen: Citizen, consent_id: UUID) -> HttpResponse:
    try:
        withdraw_consent(citizen=citizen, consent_id=consent_id)
    except TransitionRefused:
        messages.info(request, _("This had ended already. Nothing is shared."))
    else:
        messages.success(request, _("You stopped. From now on nobody can read this data any more."))
    return redirect("my-consent", consent_id=consent_id)
