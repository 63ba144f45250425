"""Verdicts in words, for the reader at hand: pages, problem details, the timeline."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.until import until_in_words

Params = Mapping[str, Any]


def sentence(code: str, holds: bool, params: Params) -> str:
    """Return one sentence in the active language; an unknown code says its own name."""
    write = _SENTENCES.get(code)
    if write is None:
        return _("The condition %(code)s could not be checked.") % {"code": code}
    return write(holds, params)


def _purpose_in_force(holds: bool, params: Params) -> str:
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
        "withdrawn": _("The consent was withdrawn."),
        "expired": _("The consent has ended."),
    }
    return states.get(params.get("state", "none"), _("There is no consent."))


def _not_available(holds: bool, params: Params) -> str:
    return _("There is nothing that you may see here.")


def _valid_until(holds: bool, params: Params) -> str:
    until = parse_datetime(params.get("until", ""))
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


def _recipients(holds: bool, params: Params) -> str:
    if holds:
        return _("This organisation, department and role may read the data.")
    return _("The data is not shared with this organisation, department or role.")


def _unknown_term(holds: bool, params: Params) -> str:
    return _("This service cannot check the condition “%(term)s”, so it refuses.") % {"term": params.get("term", "")}


_SENTENCES: dict[str, Callable[[bool, Params], str]] = {
    "purpose-in-force": _purpose_in_force,
    "purpose-recipient": _purpose_recipient,
    "consent-given": _consent_given,
    "not-available": _not_available,
    "valid-until": _valid_until,
    "fields": _fields,
    "uses": _uses,
    "recipients": _recipients,
    "unknown-term": _unknown_term,
}
