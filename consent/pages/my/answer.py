"""Reading a purpose and answering it: yes on one's own terms, no, later, or an offer to share less."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consent.acting import Acting
from consent.errors import (
    AlreadyGranted,
    ConsentNotFound,
    InvalidConsent,
    MandateRefused,
    PurposeNotFound,
    PurposeNotInForce,
    TextChanged,
    TransitionRefused,
)
from consent.lifecycle import STANDING_STATES, State
from consent.models import Act, Consent, Purpose, PurposeVersion
from consent.pages.access import citizen_page
from consent.pages.consent_card import consent_cards
from consent.pages.forms import AnswerForm
from consent.pages.my.answer_page import AnswerPage, answer_page
from consent.pages.my.preview import preview
from consent.pages.my.reach import allowed_acts, consent_of, consents_of
from consent.services.answer import grant_consent, refuse_purpose
from consent.services.change import postpone_consent
from consent.services.offer import make_offer, take_back_offer
from consent.until import until_in_words

YES, NO, LATER, PREVIEW, OFFER = "yes", "no", "later", "preview", "offer"


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def my_purpose(request: HttpRequest, acting: Acting, slug: str) -> HttpResponse:
    """Show the text of a purpose and take the answer to it."""
    version = _version_in_force(acting, slug)
    now = timezone.now()
    consent = consents_of(acting).still_open().exclude(ends_at__lte=now).filter(purpose_id=version.purpose_id).first()
    standing = consent if consent is not None and consent.state in STANDING_STATES else None
    pressed = request.POST.get("answer") if request.method == "POST" else None
    if standing is not None and not _chooses_again(request, standing, version):
        return _already_shared(request, standing, pressed)
    if pressed == NO:
        return _leave_as_it_is(request, standing) if standing else _say_no(request, acting, version)
    question = consent if standing is None else None
    if pressed == LATER and question is not None:
        return _say_later(request, acting, question)
    page = answer_page(acting, version, now=now, data=request.POST if request.method == "POST" else None)
    if pressed == PREVIEW:
        return _show_preview(request, acting, page, standing, question)
    status = 200
    if page.form.is_bound:
        try:
            return _take(request, acting, page, standing, question)
        except AlreadyGranted:
            # A yes in another window came first, or says something else.
            messages.warning(request, _("You already share data for this purpose. Stop that first to choose again."))
            return redirect("my")
        except (InvalidConsent, TextChanged) as error:
            page.form.add_domain_error(error)
            status = error.status
    return _render(request, page, standing, question, now, status=status)


@require_POST
@citizen_page
def take_back(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    """Take back the offer that waits under a question."""
    consent = consent_of(acting, consent_id)
    try:
        take_back_offer(citizen=acting.citizen, consent_id=consent.pk, mandate=acting.mandate)
    except TransitionRefused:
        messages.info(request, _("This offer does not wait any more. Nothing was changed."))
    else:
        messages.success(request, _("You took your offer back. Nothing is shared."))
    return redirect("my")


def _version_in_force(acting: Acting, slug: str) -> PurposeVersion:
    purpose = (
        Purpose.objects.filter(slug=slug, current_version__isnull=False)
        .select_related("current_version", "organisation")
        .first()
    )
    out_of_reach = acting.mandate is not None and acting.mandate.purposes and slug not in acting.mandate.purposes
    if purpose is None or purpose.current_version is None or out_of_reach:
        raise PurposeNotFound
    if purpose.retired_at is not None:
        raise PurposeNotInForce
    version = purpose.current_version
    version.purpose = purpose
    return version


def _chooses_again(request: HttpRequest, standing: Consent, version: PurposeVersion) -> bool:
    """Whether what stands can be replaced here: its text is an older one, or its citizen came to choose anew."""
    if request.method == "POST":
        return request.POST.get("replaces") == str(standing.pk)
    return standing.purpose_version_id != version.pk or request.GET.get("replaces") == str(standing.pk)


def _already_shared(request: HttpRequest, consent: Consent, pressed: str | None) -> HttpResponse:
    if pressed == NO:
        messages.warning(request, _("You already share data for this purpose. You can stop below."))
    elif request.method == "POST":
        # The button pressed twice: the first time it was done.
        messages.info(request, _("You already share data for this purpose. This is what you share."))
    return redirect("my-consent", consent_id=consent.pk)


def _leave_as_it_is(request: HttpRequest, standing: Consent) -> HttpResponse:
    messages.info(request, _("Nothing was changed: what you chose before still holds. You can stop below."))
    return redirect("my-consent", consent_id=standing.pk)


def _say_no(request: HttpRequest, acting: Acting, version: PurposeVersion) -> HttpResponse:
    try:
        refuse_purpose(citizen=acting.citizen, purpose_version_id=version.pk, mandate=acting.mandate)
    except TransitionRefused:
        # A yes in another window came first.
        messages.warning(request, _("You already share data for this purpose. Stop that first to choose again."))
        return redirect("my")
    messages.success(request, _("You said no. Nothing is shared, and this has no consequences for you."))
    return redirect("my")


def _say_later(request: HttpRequest, acting: Acting, question: Consent) -> HttpResponse:
    try:
        put_off = postpone_consent(citizen=acting.citizen, consent_id=question.pk, mandate=acting.mandate)
    except TransitionRefused:
        messages.info(request, _("This question was answered already. Nothing was changed."))
        return redirect("my")
    assert put_off.postponed_until is not None
    said = _("You want to think about it, %(until)s. The question stays on this page, and nothing is shared.")
    messages.success(request, said % {"until": until_in_words(put_off.postponed_until)})
    return redirect("my")


def _take(
    request: HttpRequest, acting: Acting, page: AnswerPage, standing: Consent | None, question: Consent | None
) -> HttpResponse:
    """Store a yes or an offer; raise what is wrong with it."""
    read = page.read_language(request.POST)
    form = page.form
    if not form.is_valid():
        raise InvalidConsent(detail=_("Look at the answers that are marked."))
    pressed = request.POST.get("answer")
    said: dict[str, Any] = {
        "citizen": acting.citizen,
        "terms": form.terms(),
        "language": read,
        "notice_hash": request.POST["notice_hash"],
        "mandate": acting.mandate,
    }
    if pressed == OFFER:
        return _offer(request, form, question, said)
    if pressed != YES:
        # The Enter key in a field presses no button: that is not a yes.
        raise InvalidConsent(detail=_("Press yes or no to answer."))
    if form.left_out():
        form.add_error("without", _("You leave out what is needed. Offer this to the organisation, or untick it."))
        raise InvalidConsent(detail=_("Look at the answers that are marked."))
    given = grant_consent(purpose_version_id=page.version.pk, replaces=standing.pk if standing else None, **said)
    messages.success(request, _("You now share this data. You can stop at any moment."))
    return redirect("my-consent", consent_id=given.pk)


def _offer(request: HttpRequest, form: AnswerForm, question: Consent | None, said: dict[str, Any]) -> HttpResponse:
    if question is None:
        raise InvalidConsent(detail=_("You can make an offer when an organisation asks you."))
    if not form.left_out():
        form.add_error("without", _("Tick what you leave out. Do you leave out nothing? Then press yes."))
        raise InvalidConsent(detail=_("Look at the answers that are marked."))
    if not form.shared_fields():
        form.add_error("without", _("You leave out everything. Do you not want to share this? Then answer no."))
        raise InvalidConsent(detail=_("Look at the answers that are marked."))
    try:
        make_offer(consent_id=question.pk, **said)
    except (TransitionRefused, ConsentNotFound):
        messages.info(request, _("This question was answered already. Nothing was changed."))
        return redirect("my")
    messages.success(request, _("Your offer was sent. Nothing is shared until the organisation accepts it."))
    return redirect("my")


def _show_preview(
    request: HttpRequest, acting: Acting, page: AnswerPage, standing: Consent | None, question: Consent | None
) -> HttpResponse:
    """Show what a recipient would see of what is ticked; what was filled in stays, and nothing is stored.

    It opens the vault, so it takes the right to answer.
    """
    if not allowed_acts(acting)[Act.ANSWER]:
        raise MandateRefused(detail=_("You may not do this for this person."))
    seen, status = None, 200
    try:
        page.read_language(request.POST)
        if page.form.is_previewable():
            seen = preview(
                acting.citizen,
                page.version,
                fields=page.form.shared_fields(),
                answers=page.form.shared_answers(),
                language=page.language,
            )
        else:
            status = InvalidConsent.status
    except TextChanged as error:
        page.form.keep_errors_of(())
        page.form.add_domain_error(error)
        status = error.status
    return _render(request, page, standing, question, timezone.now(), status=status, previewed=seen)


def _render(
    request: HttpRequest,
    page: AnswerPage,
    standing: Consent | None,
    question: Consent | None,
    now: datetime,
    *,
    status: int,
    previewed: object = None,
) -> HttpResponse:
    asked = consent_cards(Consent.objects.filter(pk=question.pk), now=now) if question else []
    context = {
        **page.context(),
        "standing": standing,
        "question": asked[0] if asked else None,
        "previewed": previewed,
        "paused": standing is not None and standing.state == State.PAUSED,
    }
    return render(request, "consent/purpose.html", context, status=status)
