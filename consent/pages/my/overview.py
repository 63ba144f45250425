"""What is asked, what is shared, what has ended, and who looked."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.pages.paging import InvalidPlace, record_page
from consent.acting import Acting
from consent.lifecycle import OPEN_STATES, STANDING_STATES, State
from consent.pages.access import citizen_page
from consent.pages.consent_card import consent_cards
from consent.pages.my.approvals import approval_cards
from consent.pages.my.reach import allowed_acts, consents_of, records_of
from consent.pages.timeline import timeline

LATEST = 20
ENDED = 50


@require_safe
@citizen_page
def my(request: HttpRequest, acting: Acting) -> HttpResponse:
    """Show what waits for an answer, what is shared, what has ended, and the newest of the timeline."""
    now = timezone.now()
    consents = consents_of(acting)
    # A question for a purpose that was retired since needs no answer any more.
    unanswerable = {"state": State.REQUESTED, "purpose__retired_at__isnull": False}
    cards = consent_cards(consents.still_open().exclude(**unanswerable), now=now)
    over = consent_cards(consents.exclude(state__in=OPEN_STATES), now=now, most=LATEST + 1)
    # Where an organisation took part. Signing in, or changing one's own data, is for the whole history.
    page = record_page(records_of(acting).exclude(organisation=""), before="", size=LATEST)
    asked = [card for card in cards if card.state == State.REQUESTED]
    context = {
        # What was put off comes after what was not.
        "asked": sorted(asked, key=lambda card: card.postponed_until is not None),
        "approvals": approval_cards(acting),
        "given": [card for card in cards if card.state in STANDING_STATES],
        "ended": [*(card for card in cards if card.ended), *over[:LATEST]],
        "more_ended": len(over) > LATEST,
        "lines": timeline(page.records, acting, goes_on=bool(page.older)),
        "more": bool(page.older),
        "may": allowed_acts(acting),
    }
    return render(request, "consent/my.html", context)


@require_safe
@citizen_page
def ended(request: HttpRequest, acting: Acting) -> HttpResponse:
    """Show everything that has ended, a page at a time; `?before=` is the id of the last one of the page before."""
    over = consents_of(acting).exclude(state__in=OPEN_STATES)
    before = request.GET.get("before", "")
    if before:
        try:
            over = over.filter(pk__lt=UUID(before))
        except ValueError:
            raise InvalidPlace from None
    cards = consent_cards(over, now=timezone.now(), most=ENDED + 1)
    context = {
        "ended": cards[:ENDED],
        "older": str(cards[ENDED - 1].id) if len(cards) > ENDED else "",
        "first": not before,
    }
    return render(request, "consent/ended.html", context)
