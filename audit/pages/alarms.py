"""`/oversight/alarms/`: what is wrong with the log, what it means, and what people did about it."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from audit.models import Alarm, MonitorPlace
from audit.monitor.alarm_kinds import AlarmKind, alarm_kind
from audit.pages.access import auditor_page
from audit.pages.discrepancy_words import place_in_words
from audit.people import Viewer
from audit.services.alarm_look import LONGEST_NOTE, InvalidNote, look_at_alarm

# More that go on at once are one and the same fault, and the count says so.
MOST_GOING = 50
LATEST_ENDED = 25


class LookForm(forms.Form):
    """What an auditor says of an alarm."""

    note = forms.CharField(
        label=gettext_lazy("What you saw or did"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"class": "utrecht-textarea utrecht-textarea--html-textarea", "rows": 2}),
    )


@dataclass(frozen=True, slots=True)
class ShownAlarm:
    """An alarm in words, with the form that belongs to it."""

    alarm: Alarm
    kind: AlarmKind
    place: str
    form: LookForm


@require_safe
@auditor_page
def alarms(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the alarms that go on and those that ended last, the newest first."""
    return _list(request)


@require_POST
@auditor_page
def look(request: HttpRequest, viewer: Viewer, alarm_id: UUID) -> HttpResponse:
    """Keep that somebody looked at an alarm, with a note."""
    form = LookForm(request.POST, auto_id=f"id_{alarm_id}_%s")
    if form.is_valid():
        try:
            look_at_alarm(viewer=viewer, alarm_id=alarm_id, note=form.cleaned_data["note"])
        except InvalidNote as error:
            form.add_error("note", str(error.errors[0].detail))
        else:
            messages.success(request, _("Your note stands with the alarm, and in the log."))
            return redirect("oversight-alarms")
    return _list(request, about=alarm_id, form=form)


def _list(request: HttpRequest, *, about: UUID | None = None, form: LookForm | None = None) -> HttpResponse:
    going = Alarm.objects.going().newest_first()
    ended = Alarm.objects.filter(ended_at__isnull=False).order_by("-ended_at")[:LATEST_ENDED]

    def shown(alarm: Alarm) -> ShownAlarm:
        own = form if form is not None and alarm.pk == about else LookForm(auto_id=f"id_{alarm.pk}_%s")
        return ShownAlarm(alarm, alarm_kind(alarm.kind), place_in_words(alarm.where), own)

    context = {
        "going": [shown(alarm) for alarm in going[:MOST_GOING]],
        "number": going.count(),
        "ended": [shown(alarm) for alarm in ended],
        "monitor": MonitorPlace.objects.first(),
    }
    status = HTTPStatus.OK if form is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "audit/alarms.html", context, status=status)
