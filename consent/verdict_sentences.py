"""Verdicts in words, for the reader at hand: pages, problem details, the timeline."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.until import until_in_words
from consent.window_words import DAY_NAMES, windows_in_words

Params = Mapping[str, Any]


def sentence(code: str, holds: bool, params: Params) -> str:
    """Return one sentence in the active language; an unknown code says its own name."""
    write = _SENTENCES.get(code)
    if write is None:
        return _("The condition %(code)s could not be checked.") % {"code": code}
    return write(holds, params)


def _purpose_in_force(holds: bool, params: Params) -> str:
    if params.get("pilotEnded"):
        return _("The trial of this purpose has ended.")
    return _("The purpose is in use.") if holds else _("The purpose is no longer in use.")


def _purpose_recipient(holds: bool, params: Params) -> str:
    if holds:
        return _("The organisation may receive data for this purpose.")
    return _("This organisation does not receive data for this purpose.")


def _consent_given(holds: bool, params: Params) -> str:
    if holds:
        return _("There is a consent.")
    states = {
        "none": _("There is no consent."),
        "requested": _("The question has not been answered."),
        "refused": _("The question was answered with no."),
        "paused": _("The consent is paused."),
        "withdrawn": _("The consent was withdrawn."),
        "expired": _("The consent has ended."),
        "replaced": _("Another consent took the place of this one."),
        "invalidated": _("The consent was not given in the right way, so it does not count."),
    }
    return states.get(params.get("state", "none"), _("There is no consent."))


def _not_available(holds: bool, params: Params) -> str:
    return _("There is nothing that you may see here.")


def _valid_until(holds: bool, params: Params) -> str:
    until = _moment(params.get("until"))
    if until is None:
        return _("The consent has no end, so it cannot be used.")
    said = {"until": until_in_words(until)}
    return _("The consent lasts %(until)s.") % said if holds else _("The consent lasted %(until)s.") % said


def _fields(holds: bool, params: Params) -> str:
    if holds:
        return _("All fields are shared.")
    if params.get("missing"):
        return _("The consent names no fields, so it cannot be used.")
    return _("Not shared: %(fields)s.") % {"fields": ", ".join(params.get("notGranted", ()))}


def _valid_from(holds: bool, params: Params) -> str:
    begin = _moment(params.get("from"))
    if begin is None:
        return _("The consent has begun.") if holds else _("The consent has not begun yet.")
    said = {"moment": date_format(timezone.localtime(begin), "DATETIME_FORMAT")}
    if holds:
        return _("The consent began on %(moment)s.") % said
    return _("The consent only begins on %(moment)s.") % said


def _uses(holds: bool, params: Params) -> str:
    limit, taken = params.get("limit", 0), params.get("taken", 0)
    if holds:
        return ngettext(
            "Before this, %(taken)d of %(limit)d use was taken.",
            "Before this, %(taken)d of %(limit)d uses were taken.",
            limit,
        ) % {"taken": taken, "limit": limit}
    return ngettext("This was allowed once, and that time has been used.", "All %(limit)d uses are taken.", limit) % {
        "limit": limit
    }


def _uses_per_period(holds: bool, params: Params) -> str:
    limit, taken = params.get("limit", 0), params.get("taken", 0)
    sentences = {
        "day": (
            _("Before this, %(taken)d of %(limit)d uses of today were taken."),
            _("All %(limit)d uses of today are taken."),
        ),
        "week": (
            _("Before this, %(taken)d of %(limit)d uses of this week were taken."),
            _("All %(limit)d uses of this week are taken."),
        ),
        "month": (
            _("Before this, %(taken)d of %(limit)d uses of this month were taken."),
            _("All %(limit)d uses of this month are taken."),
        ),
        "year": (
            _("Before this, %(taken)d of %(limit)d uses of this year were taken."),
            _("All %(limit)d uses of this year are taken."),
        ),
    }
    within, used_up = sentences.get(params.get("period", ""), sentences["day"])
    return (within if holds else used_up) % {"taken": taken, "limit": limit}


def _window(holds: bool, params: Params) -> str:
    if holds:
        return _("The time lies within the agreed days and hours.")
    day = str(DAY_NAMES.get(params.get("day", ""), ""))
    return _("At this time the data is not shared: it was %(day)s, %(time)s. It is shared on %(windows)s.") % {
        "day": day,
        "time": params.get("time", ""),
        "windows": windows_in_words(params.get("windows", ())),
    }


def _answer_only(holds: bool, params: Params) -> str:
    answers = params.get("answers") or {}
    if not holds:
        return _("This question cannot be answered with yes or no, so nothing is shared.")
    if not answers:
        return _("No answer instead of a value was needed.")
    return _("Only a yes or no is given, not the value itself: %(fields)s.") % {"fields": ", ".join(answers)}


def _case(holds: bool, params: Params) -> str:
    said = {"case": params.get("case", "")}
    return _("It is about the case %(case)s.") % said if holds else _("The data is for the case %(case)s only.") % said


def _area(holds: bool, params: Params) -> str:
    if holds:
        return _("The place lies in the chosen area.")
    if not params.get("place"):
        return _("The data is shared for places in a chosen area only, and no place was named.")
    return _("The place lies outside the chosen area.")


def _aggregate_only(holds: bool, params: Params) -> str:
    if holds:
        return _("The data is only counted together with that of others.")
    return _("The data may only be counted together with that of others, and never be read by itself.")


def _keep(holds: bool, params: Params) -> str:
    days = params.get("days", 0)
    if not holds:
        return ngettext(
            "The data should have been deleted after %(days)d day.",
            "The data should have been deleted after %(days)d days.",
            days,
        ) % {"days": days}
    return ngettext(
        "The data must be deleted after %(days)d day.", "The data must be deleted after %(days)d days.", days
    ) % {"days": days}


def _keep_up_to_date(holds: bool, params: Params) -> str:
    if holds:
        return _("The data is kept up to date: it is as the citizen has it now.")
    return _("The data is not kept up to date.")


def _tell_me(holds: bool, params: Params) -> str:
    if holds:
        return _("The citizen gets a message about this.")
    return _("The citizen cannot get a message about this, so nothing is shared.")


def _ask_me(holds: bool, params: Params) -> str:
    if holds:
        return _("The citizen allowed this access.")
    return _("The citizen must first allow this access.")


def _recipients(holds: bool, params: Params) -> str:
    if holds:
        return _("This organisation, department and role may read the data.")
    return _("The data is not shared with this organisation, department or role.")


def _unknown_term(holds: bool, params: Params) -> str:
    return _("This service cannot check the condition “%(term)s”, so it refuses.") % {"term": params.get("term", "")}


def _viewing_time(holds: bool, params: Params) -> str:
    until = _moment(params.get("until"))
    said = {"moment": "" if until is None else date_format(timezone.localtime(until), "DATETIME_FORMAT")}
    if holds:
        return _("The file can be viewed until %(moment)s.") % said
    return _("The file could be viewed until %(moment)s. After that the data must be asked for again.") % said


def _not_deleted(holds: bool, params: Params) -> str:
    if holds:
        return _("The organisation still has what it received.")
    return _("The organisation said that it deleted what it received.")


def _still_acts(holds: bool, params: Params) -> str:
    if holds:
        return _("Who views the file still works for the organisation.")
    return _("Who viewed the file no longer has that role in the organisation.")


def _moment(value: Any) -> datetime | None:
    try:
        moment = parse_datetime(value)
    except (TypeError, ValueError):
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


_SENTENCES: dict[str, Callable[[bool, Params], str]] = {
    "purpose-in-force": _purpose_in_force,
    "purpose-recipient": _purpose_recipient,
    "consent-given": _consent_given,
    "not-available": _not_available,
    "valid-until": _valid_until,
    "valid-from": _valid_from,
    "fields": _fields,
    "answer-only": _answer_only,
    "uses": _uses,
    "uses-per-period": _uses_per_period,
    "window": _window,
    "recipients": _recipients,
    "case": _case,
    "area": _area,
    "aggregate-only": _aggregate_only,
    "keep": _keep,
    "keep-up-to-date": _keep_up_to_date,
    "tell-me": _tell_me,
    "ask-me": _ask_me,
    "unknown-term": _unknown_term,
    "viewing-time": _viewing_time,
    "not-deleted": _not_deleted,
    "still-acts": _still_acts,
}
