"""What the history can be narrowed to."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.contests.actions import NAMES as CONTESTS
from consent.models import Organisation
from consent.pages.forms.days import end_of_day, start_of_day
from consent.pages.forms.widgets import date_input, select
from consent.pages.mandate_words import purpose_titles

OUTCOMES = [("allowed", _("Allowed")), ("refused", _("Refused")), ("failed", _("Failed"))]

_LOOKED = frozenset(
    {
        "sharing.released",
        "sharing.repeated",
        "sharing.viewing-started",
        "sharing.viewing-ended",
        "audit.log-read",
    }
)
_ASKED = frozenset({"sharing.requested", "consent.requested", "consent.approval-asked"})
_DATA = frozenset(
    {
        "sharing.vault-changed",
        "sharing.kept-current",
        "sharing.file-stored",
        "sharing.file-removed",
        "sharing.upload-refused",
        "sharing.export-asked",
        "sharing.export-made",
        "sharing.export-downloaded",
        "sharing.erased",
        "sharing.deleted",
    }
)
_CHOSEN = frozenset(
    f"consent.{name}"
    for name in (
        "granted",
        "refused",
        "withdrawn",
        "expired",
        "paused",
        "resumed",
        "narrowed",
        "renewed",
        "replaced",
        "invalidated",
        "postponed",
        "offered",
        "offer-taken-back",
        "offer-accepted",
        "offer-let-go",
        "approval-allowed",
        "approval-refused",
    )
)
KINDS = {"looked": _LOOKED, "asked": _ASKED, "chosen": _CHOSEN, "data": _DATA, "contested": CONTESTS}

# Far from the ends of what a calendar knows, where a midnight in Amsterdam has no moment in UTC.
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)


class HistoryForm(forms.Form):
    """Days are those of Europe/Amsterdam; `until` includes its day. An empty field narrows nothing.

    `purposes` are the slugs that a mandate is limited to; an empty list stands for all.
    """

    since = forms.DateField(required=False, label=_("From"), widget=date_input())
    until = forms.DateField(required=False, label=_("Up to and including"), widget=date_input())
    organisation = forms.ChoiceField(required=False, label=_("Organisation"), widget=select())
    purpose = forms.ChoiceField(required=False, label=_("Purpose"), widget=select())
    kind = forms.ChoiceField(
        required=False,
        label=_("What happened"),
        choices=[
            ("", _("Everything")),
            ("looked", _("Somebody looked, or wanted to")),
            ("asked", _("Somebody asked something")),
            ("chosen", _("You chose something")),
            ("data", _("Your own data and files")),
            ("contested", _("You said that a line looks wrong")),
            ("other", _("Signing in, settings and the rest")),
        ],
        widget=select(),
    )
    outcome = forms.ChoiceField(
        required=False, label=_("Allowed or not"), choices=[("", _("Both")), *OUTCOMES], widget=select()
    )

    def __init__(self, data: Mapping[str, Any], *, purposes: Collection[str] = ()) -> None:
        super().__init__(data)
        self._offer("organisation", dict(Organisation.objects.values_list("oin", "name")))
        titles = purpose_titles()
        self._offer("purpose", {slug: title for slug, title in titles.items() if not purposes or slug in purposes})

    def clean_since(self) -> date | None:
        return self._in_the_calendar("since")

    def clean_until(self) -> date | None:
        return self._in_the_calendar("until")

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the day at “From”."))
        return self.cleaned_data

    def condition(self) -> Q:
        """Return what was filled in as a condition on records."""
        chosen = self.cleaned_data
        condition = Q(**{name: chosen[name] for name in ("organisation", "purpose", "outcome") if chosen[name]})
        if chosen["since"]:
            condition &= Q(at__gte=start_of_day(chosen["since"]))
        if chosen["until"]:
            condition &= Q(at__lt=end_of_day(chosen["until"]))
        if chosen["kind"] == "other":
            condition &= ~Q(action__in=frozenset().union(*KINDS.values()))
        elif chosen["kind"]:
            condition &= Q(action__in=KINDS[chosen["kind"]])
        return condition

    def _offer(self, name: str, titles: Mapping[str, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *sorted(titles.items(), key=lambda titled: titled[1].casefold())]

    def _in_the_calendar(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day is not None and not EARLIEST <= day <= LATEST:
            said = _("Choose a day between the years %(first)d and %(last)d.")
            raise forms.ValidationError(said, code="invalid", params={"first": EARLIEST.year, "last": LATEST.year})
        return day
