"""What residents contest, for the privacy officer who answers it and for auditors. Every look is an entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.contests.errors import ContestNotFound
from audit.contests.words import OUTCOMES, STATES
from audit.contests.written import words_of
from audit.models import Contest, Record
from audit.models.contest import ContestQuerySet
from audit.pages.access import auditor_page
from audit.pages.contest_forms import AnswerForm, ExtensionForm
from audit.pages.error_links import error_links
from audit.pages.paging import InvalidPlace
from audit.pages.reasons import reason_sentence
from audit.people import Viewer, people
from audit.services.contests import answer_contest, extend_contest, take_contest
from audit.services.log_reading import log_reading
from audit.timeline import describe

PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestRow:
    """One contest in a list; `days_left` is negative when its last day is over, None when it waits for nothing."""

    contest: Contest
    line: str
    organisation: str
    state: str
    outcome: str
    days_left: int | None
    by: str


@require_safe
@auditor_page
def contests(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List what waits, most urgent first, or with `?show=closed` what is over, newest first; a page at a time."""
    shows_closed = request.GET.get("show") == "closed"
    visible = Contest.objects.visible_to(viewer)
    after = request.GET.get("after", "")
    found = list(_closed(visible, after) if shows_closed else _going(visible, after))
    shown = found[:PAGE]
    # Before they are shown: no log, no data.
    log_reading(viewer=viewer, shown=len(shown), details={"contests": "closed" if shows_closed else "going"})
    place = "" if len(found) <= PAGE else _place(shown[-1], shows_closed)
    context = {
        "rows": contest_rows(shown, viewer),
        "shows_closed": shows_closed,
        "further": place,
        "first": not after,
        "answers": bool(viewer.privacy_officer_of),
    }
    return render(request, "audit/contests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def contest(request: HttpRequest, viewer: Viewer, contest_id: UUID) -> HttpResponse:
    """Show one contest with the line that it is about; a POST takes it up, extends or answers it."""
    answer_form, extension_form = AnswerForm(), ExtensionForm()
    if request.method == "POST":
        match request.POST.get("do"):
            case "answer":
                answer_form = AnswerForm(request.POST)
                if answer_form.is_valid():
                    answer_contest(viewer=viewer, contest_id=contest_id, **answer_form.cleaned_data)
                    messages.success(
                        request, _("Your answer stands in the history of the resident, who is told of it.")
                    )
                    return redirect("oversight-contests")
            case "extend":
                extension_form = ExtensionForm(request.POST)
                if extension_form.is_valid():
                    extend_contest(viewer=viewer, contest_id=contest_id, **extension_form.cleaned_data)
                    messages.success(request, _("You have two months more. The resident reads why."))
                    return redirect("oversight-contest", contest_id=contest_id)
            case _:
                take_contest(viewer=viewer, contest_id=contest_id)
                messages.success(request, _("You answer this contest."))
                return redirect("oversight-contest", contest_id=contest_id)
    return _show(request, viewer, contest_id, answer_form, extension_form)


def _show(
    request: HttpRequest, viewer: Viewer, contest_id: UUID, answer_form: AnswerForm, extension_form: ExtensionForm
) -> HttpResponse:
    found = Contest.objects.visible_to(viewer).filter(pk=contest_id).first()
    if found is None:
        raise ContestNotFound(_("There is no such contest, or it is not yours to see."))
    record = Record.objects.visible_to(viewer).filter(entry_id=found.entry_id).first()
    log_reading(viewer=viewer, shown=1, about=record.entry if record else None, details={"contest": str(found.pk)})
    described = describe([record])[0] if record else None
    today = timezone.localdate()
    answers = found.organisation in viewer.privacy_officer_of
    mine = bool(found.treated_by) and bytes(found.treated_by) == viewer.user_sealed
    context = {
        "contest": found,
        "row": contest_rows([found], viewer)[0],
        "described": described,
        "reason": reason_sentence(described) if described else "",
        "words": words_of([found])[found.pk],
        "may_take": answers and found.is_going and not mine,
        "may_answer": answers and found.is_going and mine,
        "may_extend": answers and found.is_going and mine and not found.extended_at and today <= found.due_on,
        "answer_form": answer_form,
        "extension_form": extension_form,
        "errors": [*error_links(answer_form), *error_links(extension_form)],
    }
    return render(request, "audit/contest.html", context)


def contest_rows(found: Sequence[Contest], viewer: Viewer) -> list[ContestRow]:
    """Describe contests, with as many queries for one as for a page."""
    records = list(Record.objects.filter(entry_id__in=[one.entry_id for one in found]))
    lines = {described.entry.id: str(described.action_title) for described in describe(records)}
    names = people().organisation_names({one.organisation for one in found})
    today = timezone.localdate()
    return [
        ContestRow(
            contest=one,
            line=lines.get(one.entry_id, _("A line that was erased since")),
            organisation=names.get(one.organisation, one.organisation),
            state=str(STATES[one.state]),
            outcome=str(OUTCOMES[one.outcome]) if one.outcome else "",
            days_left=days_left(one, today),
            by=_by(one, viewer),
        )
        for one in found
    ]


def days_left(contest: Contest, today: date) -> int | None:
    """Return how many days there are for an answer, 0 on the last, or None when it waits for none."""
    return (contest.due_on - today).days if contest.is_going else None


def _by(contest: Contest, viewer: Viewer) -> str:
    if not contest.treated_by:
        return _("nobody yet")
    return _("you") if bytes(contest.treated_by) == viewer.user_sealed else _("a colleague")


def _going(visible: ContestQuerySet, after: str) -> ContestQuerySet:
    if after:
        day_text, _separator, id_text = after.partition("_")
        try:
            day, contest_id = date.fromisoformat(day_text), UUID(id_text)
        except ValueError:
            raise InvalidPlace from None
        visible = visible.filter(Q(due_on__gt=day) | Q(due_on=day, id__gt=contest_id))
    return visible.going().most_urgent_first()[: PAGE + 1]


def _closed(visible: ContestQuerySet, after: str) -> ContestQuerySet:
    if after:
        try:
            visible = visible.filter(id__lt=UUID(after))
        except ValueError:
            raise InvalidPlace from None
    return visible.closed().newest_first()[: PAGE + 1]


def _place(last: Contest, shows_closed: bool) -> str:
    return str(last.pk) if shows_closed else f"{last.due_on.isoformat()}_{last.pk}"
