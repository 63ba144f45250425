"""`/desk/deferrals/`: asking and approving that residents are told later what happens in a case."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from audit.deferral.described import deferral_rows
from audit.deferral.grounds import LEGAL_GROUNDS
from audit.errors import DomainError, Invalid
from audit.models import Deferral
from audit.moment import end_of_day
from audit.pages.forms import DayField
from audit.people import Viewer
from audit.services.deferral import LONGEST_REASON, ask_deferral, decide_deferral
from consent.models import Member, Role
from consent.pages.access import member_page

MOST = 50

_TEXTBOX = "utrecht-textbox utrecht-textbox--html-input"
_PLACES = {"/case": "case", "/ground": "ground", "/reason": "reason", "/until": "until"}


class DeferralForm(forms.Form):
    """One case, one ground, the words for the residents, and the last day that they see nothing of it."""

    case = forms.CharField(
        label=gettext_lazy("Case"),
        help_text=gettext_lazy("The number of the case, as in your requests."),
        max_length=100,
        widget=forms.TextInput(attrs={"class": _TEXTBOX, "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Name the case.")},
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground in the law"),
        choices=[("", gettext_lazy("Choose")), *((one.code, one.title) for one in LEGAL_GROUNDS.values())],
        widget=forms.Select(attrs={"class": "utrecht-select utrecht-select--html-select"}),
        error_messages={"required": gettext_lazy("Choose one of the legal grounds.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("What the residents will read"),
        help_text=gettext_lazy("In plain words: why they see it only then. Name nobody."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"class": "utrecht-textarea utrecht-textarea--html-textarea", "rows": 3}),
        error_messages={"required": gettext_lazy("Say what the residents will read.")},
    )
    until = DayField(
        label=gettext_lazy("Last day that it is kept back"),
        help_text=gettext_lazy("The residents see it by themselves on the day after."),
        widget=forms.DateInput(attrs={"class": _TEXTBOX, "type": "date", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Choose a day that is still to come."),
            "invalid": gettext_lazy("Choose a day that is still to come."),
        },
    )

    def add_domain_error(self, error: Invalid) -> None:
        """Show what the service found wrong beside the field that it is about."""
        for fault in error.errors:
            self.add_error(_PLACES[fault.pointer], str(fault.detail))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.REQUESTER, Role.APPROVER)
def desk_deferrals(request: HttpRequest, member: Member) -> HttpResponse:
    """List what the own organisation keeps back; a POST asks for one more."""
    asking = request.method == "POST"
    asks = _membership(member, Role.REQUESTER)
    form = DeferralForm(request.POST if asking else None)
    if asking and asks is not None and form.is_valid():
        try:
            ask_deferral(
                by=viewer_of(asks),
                case=form.cleaned_data["case"],
                ground=form.cleaned_data["ground"],
                reason=form.cleaned_data["reason"],
                until=end_of_day(form.cleaned_data["until"]),
            )
        except Invalid as error:
            form.add_domain_error(error)
        except DomainError as error:
            form.add_error("case", str(error.detail))
        else:
            messages.success(request, _("Your question is stored. It holds as soon as an approver approves it."))
            return redirect("desk-deferrals")
    found = Deferral.objects.of_organisations(frozenset({member.organisation.oin})).newest_first()
    context: dict[str, Any] = {
        "member": member,
        "form": form if asks else None,
        "decides": _membership(member, Role.APPROVER) is not None,
        "own": str(member.account_id),
        "rows": deferral_rows(list(found[:MOST])),
        "errors": [
            {"target": f"id_{name}", "text": str(text)} for name, texts in form.errors.items() for text in texts
        ],
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "sharing/deferrals.html", context, status=status)


@require_POST
@member_page(Role.APPROVER)
def desk_decide_deferral(request: HttpRequest, member: Member, deferral_id: UUID) -> HttpResponse:
    """Approve or refuse what a colleague asked."""
    approve = request.POST.get("decision") == "approve"
    if not approve and request.POST.get("decision") != "refuse":
        raise Invalid(_("Choose approve or refuse."))
    decide_deferral(by=viewer_of(member), deferral_id=deferral_id, approve=approve)
    if approve:
        messages.success(request, _("From now on this case is told later."))
    else:
        messages.success(request, _("You refused it. Residents see everything at once."))
    return redirect("desk-deferrals")


def _membership(member: Member, role: Role) -> Member | None:
    """Return the membership of the same person in the same organisation in a role, if there is one."""
    found = Member.objects.of_account(member.account).in_role(role).filter(organisation_id=member.organisation_id)
    return found.first()


def viewer_of(member: Member) -> Viewer:
    """Say who acts as the log wants to know it."""
    return Viewer(
        kind="staff",
        organisation=member.organisation.oin,
        role=member.role,
        department=member.department,
        user_sealed=bytes(member.sealed_name),
        person=str(member.account_id),
    )
