"""May they read it now? What a consent that says "ask me" puts to its citizen."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent.acting import Acting
from consent.errors import ApprovalNotFound, InvalidConsent, TransitionRefused
from consent.lifecycle import State
from consent.models import Approval, Organisation
from consent.models.approval import ApprovalQuerySet
from consent.pages.access import citizen_page
from consent.pages.my.reach import allowed_acts, approvals_of
from consent.pages.words import ROLES, in_words
from consent.services.approval import answer_approval

ALLOW, NO = "allow", "no"
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalCard:
    """One question: who wants to read what, now, for which case. `open` until it was read or the consent ended: so long
    the answer, in `state`, can still be another."""

    id: UUID
    consent_id: UUID
    title: str
    organisation: str
    department: str
    role: str
    case: str
    fields: tuple[str, ...]
    asked_at: datetime
    state: str
    open: bool


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def my_approval(request: HttpRequest, acting: Acting, approval_id: UUID) -> HttpResponse:
    """Show one question whether something may be read now; a POST answers it."""
    if request.method == "POST":
        return _answer(request, acting, approval_id)
    cards = _cards(approvals_of(acting).filter(pk=approval_id))
    if not cards:
        raise ApprovalNotFound
    return render(request, "consent/approval.html", {"approval": cards[0], "may": allowed_acts(acting)})


def approval_cards(acting: Acting) -> list[ApprovalCard]:
    """Return what waits for an answer now, oldest first; what was stopped or paused since needs none."""
    return _cards(approvals_of(acting).waiting().filter(consent__state=State.GIVEN).order_by("id")[:MOST])


def _answer(request: HttpRequest, acting: Acting, approval_id: UUID) -> HttpResponse:
    if not approvals_of(acting).filter(pk=approval_id).exists():
        raise ApprovalNotFound
    answer = request.POST.get("answer")
    if answer not in (ALLOW, NO):
        raise InvalidConsent(detail=_("Press one of the two buttons to answer."))
    try:
        answer_approval(citizen=acting.citizen, approval_id=approval_id, allow=answer == ALLOW, mandate=acting.mandate)
    except TransitionRefused:
        messages.info(request, _("This question is over. Nothing was changed."))
    else:
        if answer == ALLOW:
            messages.success(request, _("They may read it this one time."))
        else:
            messages.success(request, _("You said no to this one time. Nothing is read."))
    return redirect("my-approval", approval_id=approval_id)


def _cards(approvals: ApprovalQuerySet) -> list[ApprovalCard]:
    language = get_language() or "nl"
    found = list(
        approvals.select_related("consent__purpose", "consent__purpose_version").prefetch_related(
            "consent__purpose_version__fields__dataset_version"
        )
    )
    oins = {approval.oin for approval in found}
    names = dict(Organisation.objects.filter(oin__in=oins).values_list("oin", "name")) if oins else {}
    return [_card(approval, names, language) for approval in found]


def _card(approval: Approval, names: dict[str, str], language: str) -> ApprovalCard:
    version = approval.consent.purpose_version
    return ApprovalCard(
        id=approval.pk,
        consent_id=approval.consent_id,
        title=version.text(language)["title"],
        organisation=names.get(approval.oin, approval.oin),
        department=approval.department,
        role=in_words(ROLES, approval.role),
        case=approval.case,
        fields=tuple(field.title(language) for field in version.fields.all() if field.name in approval.fields),
        asked_at=approval.asked_at,
        state=approval.state,
        open=approval.state != Approval.State.USED and approval.consent.state == State.GIVEN,
    )
