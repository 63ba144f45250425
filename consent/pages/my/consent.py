"""One consent: everything it says, everything that happened to it, and stopping or pausing it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.contrib import messages
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from audit.pages.paging import record_page
from consent.acting import Acting
from consent.errors import ConsentNotFound, TransitionRefused
from consent.keys.keystore import keystore_is_apart
from consent.keys.models import Epoch
from consent.keys.rotation.horizon import Gone, gone_from_backups, horizon_days
from consent.models import ConsentChange
from consent.pages.access import citizen_page
from consent.pages.consent_card import ConsentCard, consent_cards
from consent.pages.my.reach import allowed_acts, consent_of, consents_of, records_of
from consent.pages.term_names import term_names
from consent.pages.terms_in_words import SaidTerm, terms_in_words
from consent.pages.timeline import timeline
from consent.pages.words import CHANGES, in_words
from consent.services.change import pause_consent, resume_consent, withdraw_consent

LATEST = 20
MOST_CHANGES = 200

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCard:
    """One change of a consent, with the text and the terms that then held."""

    id: UUID
    title: str
    at: datetime
    version_number: int
    terms: tuple[SaidTerm, ...]
    by_another: bool


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def my_consent(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    """Show one consent with everything that happened under it; a POST stops it."""
    if request.method == "POST":
        return _stop(request, acting, consent_id)
    cards = consent_cards(consents_of(acting).filter(pk=consent_id), now=timezone.now())
    if not cards:
        raise ConsentNotFound
    # Under the consent and about this citizen: what the database relates by id alone is not shown on trust.
    records = records_of(acting).under_consent(consent_id)
    page = record_page(records, before=request.GET.get("before", ""), size=LATEST)
    context = {
        "card": cards[0],
        "changes": change_cards(consent_id),
        "lines": timeline(page.records, acting, goes_on=bool(page.older)),
        "older": page.older,
        "first": "before" not in request.GET,
        "may": allowed_acts(acting),
        "horizon_days": horizon_days(),
        "gone": _gone(cards[0]),
    }
    return render(request, "consent/consent.html", context)


@require_POST
@citizen_page
def pause(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    """Pause a consent: nobody reads until its citizen goes on."""
    consent = consent_of(acting, consent_id)
    try:
        pause_consent(citizen=acting.citizen, consent_id=consent.pk, mandate=acting.mandate)
    except TransitionRefused:
        messages.info(request, _("This had ended already. Nothing is shared."))
    else:
        messages.success(request, _("You paused this. Nobody can read this data until you go on."))
    return redirect("my-consent", consent_id=consent_id)


@require_POST
@citizen_page
def resume(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    """Go on with a consent that was paused."""
    consent = consent_of(acting, consent_id)
    try:
        resume_consent(citizen=acting.citizen, consent_id=consent.pk, mandate=acting.mandate)
    except TransitionRefused:
        messages.info(request, _("This had ended already. Nothing is shared."))
    else:
        messages.success(request, _("You share this data again. You can stop at any moment."))
    return redirect("my-consent", consent_id=consent_id)


def change_cards(consent_id: UUID) -> list[ChangeCard]:
    """Return the changes of a consent, the newest first, in the active language."""
    language = get_language() or "nl"
    found = list(
        ConsentChange.objects.filter(consent=consent_id)
        .order_by("-version")
        .select_related("purpose_version")
        .prefetch_related("purpose_version__fields__dataset_version")[:MOST_CHANGES]
    )
    names = term_names([change.purpose_version for change in found], [change.conditions for change in found], language)
    return [
        ChangeCard(
            id=change.pk,
            title=in_words(CHANGES, change.event),
            at=change.at,
            version_number=change.purpose_version.number,
            terms=terms_in_words(change.conditions, names),
            by_another=change.mandate_id is not None,
        )
        for change in found
    ]


def _gone(card: ConsentCard) -> Gone | None:
    """Return from when no backup opens what was shared under a consent that ended; None where nothing was."""
    if not card.ended or card.given_at is None or card.ended_at is None:
        return None
    return gone_from_backups(card.ended_at, _epochs())


def _epochs() -> list[Epoch]:
    """Return all epochs; none while a keystore apart is away: what was promised is then told without its proof."""
    try:
        return list(Epoch.objects.all())
    except (DatabaseError, InterfaceError):
        if not keystore_is_apart():
            raise
        logger.exception("the keystore does not answer")
        return []


def _stop(request: HttpRequest, acting: Acting, consent_id: UUID) -> HttpResponse:
    consent = consent_of(acting, consent_id)
    try:
        withdraw_consent(citizen=acting.citizen, consent_id=consent.pk, mandate=acting.mandate)
    except TransitionRefused:
        messages.info(request, _("This had ended already. Nothing is shared."))
    else:
        messages.success(request, _("You stopped. From now on nobody can read this data any more."))
    return redirect("my-consent", consent_id=consent_id)
