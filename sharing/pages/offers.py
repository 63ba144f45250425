"""What residents offer in answer to a question: to accept, or to let go."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.errors import Conflict, Invalid
from consent.errors import OfferNotFound
from consent.models import Member, Offer, Role
from consent.pages.access import member_page
from consent.pages.term_names import term_names
from consent.pages.terms_in_words import terms_in_words
from consent.services.offer import accept_offer, let_go_offer
from sharing.models import Request

MOST = 25


@require_safe
@member_page(Role.REQUESTER)
def desk_offer(request: HttpRequest, member: Member, offer_id: UUID) -> HttpResponse:
    """Show an offer that waits, with the cases of the own organisation that it answers."""
    language = get_language() or "nl"
    found = _waiting(member.organisation_id).filter(pk=offer_id).first()
    if found is None:
        raise OfferNotFound
    context = {"member": member, "offer": _shown([found], language)[0], "requests": _requests(member, [found])}
    return render(request, "sharing/offer.html", context)


@require_POST
@member_page(Role.REQUESTER)
def desk_accept_offer(request: HttpRequest, member: Member, offer_id: UUID) -> HttpResponse:
    """Accept an offer: from then on data can be read on exactly those terms."""
    try:
        accept_offer(actor=member.as_actor(), offer_id=offer_id)
    except (Conflict, Invalid) as error:
        messages.warning(request, _("You cannot accept this offer any more. %(why)s") % {"why": _why(error)})
    else:
        messages.success(request, _("You accepted the offer. You can read the data on these terms."))
    return redirect("desk")


@require_POST
@member_page(Role.REQUESTER)
def desk_let_go_offer(request: HttpRequest, member: Member, offer_id: UUID) -> HttpResponse:
    """Let an offer go: the question to the resident waits on."""
    try:
        let_go_offer(actor=member.as_actor(), offer_id=offer_id)
    except (Conflict, Invalid) as error:
        messages.warning(request, _("You cannot let this offer go any more. %(why)s") % {"why": _why(error)})
    else:
        messages.success(request, _("You let the offer go. The resident is told, and can still answer your question."))
    return redirect("desk")


def waiting_offers(member: Member, language: str) -> list[dict[str, Any]]:
    """Return the newest offers to the member's organisation, each with the newest case that it answers."""
    offers = list(_waiting(member.organisation_id)[:MOST])
    cases: dict[tuple[UUID | None, UUID], str] = {}
    for asked in _requests(member, offers):
        cases.setdefault((asked.citizen_id, asked.purpose_version.purpose_id), asked.case)
    return [
        {
            "id": offer.pk,
            "title": offer.purpose_version.text(language)["title"],
            "made_at": offer.made_at,
            "case": cases.get((offer.consent.citizen_id, offer.consent.purpose_id), ""),
        }
        for offer in offers
    ]


def offers_about(asked: Request, language: str) -> list[dict[str, Any]]:
    """Return what the resident of a request offers in answer to it, if its organisation is who answers."""
    if asked.citizen_id is None:
        return []
    offers = _waiting(asked.organisation_id).filter(
        consent__citizen_id=asked.citizen_id, consent__purpose_id=asked.purpose_version.purpose_id
    )
    return _shown(list(offers), language)


def _waiting(organisation_id: UUID) -> QuerySet[Offer]:
    offers: QuerySet[Offer] = Offer.objects.to_organisation(organisation_id).waiting().order_by("-id")
    return offers.select_related("consent", "purpose_version__purpose").prefetch_related(
        "purpose_version__fields__dataset_version"
    )


def _shown(offers: list[Offer], language: str) -> list[dict[str, Any]]:
    if not offers:
        return []
    names = term_names([one.purpose_version for one in offers], [one.conditions for one in offers], language)
    return [
        {
            "id": offer.pk,
            "title": offer.purpose_version.text(language)["title"],
            "made_at": offer.made_at,
            "terms": terms_in_words(offer.conditions, names),
        }
        for offer in offers
    ]


def _requests(member: Member, offers: list[Offer]) -> list[Request]:
    """Return the newest requests of the member's organisation that `offers` are an answer to."""
    answered = {(offer.consent.citizen_id, offer.consent.purpose_id) for offer in offers}
    asked = (
        Request.objects.of_organisation(member.organisation_id)
        .filter(
            citizen_id__in={citizen for citizen, _purpose in answered},
            purpose_version__purpose_id__in={purpose for _citizen, purpose in answered},
        )
        .select_related("purpose_version")
        .newest_first()
    )
    return [one for one in asked[: 4 * MOST] if (one.citizen_id, one.purpose_version.purpose_id) in answered]


def _why(error: Conflict | Invalid) -> str:
    return str(error.detail or error.title)
