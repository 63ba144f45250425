"""Sharing less of what one shares: the form of an answer, filled in with what holds, and only stricter."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from consent.models import Consent, Role
from consent.pages.forms.answer import AnswerForm
from consent.pages.forms.choices import AnswerChoices
from consent.pages.forms.days import last_whole_day
from consent.pages.forms.when import DAYS, MIDNIGHT

# Once said these stay: without them somebody could do more.
_SWITCHES = {"ask_me": "askMe", "tell_me": "tellMe", "aggregate_only": "aggregateOnly"}
# What the form alone decides on: what it does not say any more is no longer so.
_UP_TO_DATE = "keepUpToDate"
_ON_THE_FORM = ("answerOnly", _UP_TO_DATE)


class NarrowForm(AnswerForm):
    """The terms of a standing consent. What is not on the form, or cannot be told by it, stays as it is."""

    def __init__(self, consent: Consent, choices: AnswerChoices, *, data: Mapping[str, Any] | None = None) -> None:
        self.consent = consent
        self.standing = dict(consent.conditions)
        left = choices.within(consent)
        super().__init__(left, data=data, initial=self._preset(left))
        # What is needed cannot be left out of what was given; stopping can.
        self.fields.pop("without", None)
        for name, term in _SWITCHES.items():
            if self.standing.get(term):
                del self.fields[name]
        if not self.standing.get(_UP_TO_DATE):
            # To have the data kept up to date is to share more.
            del self.fields["keep_up_to_date"]
        if self.standing.get("case"):
            del self.fields["case"]
        if all(one.get("role") for one in self.standing["recipients"]):
            del self.fields["case_workers_only"]

    def terms(self) -> dict[str, Any]:
        chosen = super().terms()
        if (
            "validFrom" in self.standing
            and timezone.localdate(_moment(self.standing["validFrom"])) == (self.cleaned_data["start"])
        ):
            chosen["validFrom"] = self.standing["validFrom"]
        if last_whole_day(_moment(self.standing["validUntil"])) == self.cleaned_data["until"]:
            # An end within a day was not chosen on a page, and is not moved by one.
            chosen["validUntil"] = self.standing["validUntil"]
        answers = {
            field: derivation
            for field, derivation in {**self.standing.get("answerOnly", {}), **chosen.get("answerOnly", {})}.items()
            if field in chosen["fields"]
        }
        kept = {name: value for name, value in self.standing.items() if name not in chosen and name not in _ON_THE_FORM}
        return {**kept, **chosen, **({"answerOnly": answers} if answers else {})}

    def who_terms(self) -> dict[str, Any]:
        """Keep a role that was named before: the form only knows one of them."""
        roles = {
            (one["oin"], one.get("department", "")): one["role"] for one in self.standing["recipients"] if "role" in one
        }
        named = super().who_terms()["recipients"]
        for one in named:
            role = roles.get((one["oin"], one.get("department", ""))) or roles.get((one["oin"], ""))
            if role:
                one["role"] = role
        return {"recipients": named}

    def _preset(self, left: AnswerChoices) -> dict[str, Any]:
        standing = self.standing
        named = [one for one in standing["recipients"] if "department" in one]
        preset: dict[str, Any] = {
            "fields_chosen": standing["fields"],
            "recipients": [one["oin"] for one in standing["recipients"]],
            "departments": [f"{one['oin']} {one['department']}" for one in named],
            "case_workers_only": all(one.get("role") == Role.REQUESTER for one in standing["recipients"]),
            "until": left.last_day,
            "uses": standing.get("uses"),
            "areas": [one.slug for one in left.areas] if "area" in standing else [],
            "keep_days": standing.get("keep", {}).get("days"),
            "keep_up_to_date": _UP_TO_DATE in standing,
        }
        start = timezone.localdate(_moment(standing["validFrom"])) if "validFrom" in standing else None
        if start is not None and start >= left.first_day:
            preset["start"] = start
        if "usesPerPeriod" in standing:
            preset["period_limit"] = standing["usesPerPeriod"]["limit"]
            preset["period"] = standing["usesPerPeriod"]["period"]
        windows = standing.get("window", [])
        if len(windows) == 1:
            preset |= _window(windows[0])
        return preset


def _window(window: Mapping[str, Any]) -> dict[str, Any]:
    days = [] if set(window["days"]) == set(DAYS) else window["days"]
    if (window["from"], window["until"]) == (MIDNIGHT, "24:00"):
        return {"days": days}
    until = MIDNIGHT if window["until"] == "24:00" else window["until"]
    return {
        "days": days,
        "time_from": time.fromisoformat(window["from"]),
        "time_until": time.fromisoformat(until),
    }


def _moment(text: str) -> Any:
    moment = parse_datetime(text)
    assert moment is not None
    return moment
