"""The readable page in the file with everything about a citizen: one HTML file that needs nothing beside it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from consent.acting import Acting
from consent.models import Citizen
from consent.pages.shown_value import file_in_words
from consent.pages.timeline import timeline_events
from sharing.export import parts
from sharing.export.words import ACTS, CONSENT_STATES, EVENTS, MAIL_KINDS, MAIL_STATES, MANDATE_KINDS, said
from sharing.pointer import value_at


def document(citizen: Citizen, *, key: bytes, language: str) -> Iterator[str]:
    """Yield the page in `language` in pieces: the long timeline a batch at a time."""
    with override(language):
        yield render_to_string("sharing/export_begin.html", _begin(citizen, key, language))
        for records in parts.record_batches(citizen):
            yield render_to_string(
                "sharing/export_timeline.html", {"events": timeline_events(records, Acting(citizen))}
            )
        yield render_to_string("sharing/export_end.html", {})


def _begin(citizen: Citizen, key: bytes, language: str) -> dict[str, Any]:
    files = {file["id"]: file for file in parts.files(citizen, key)}
    return {
        "language": language,
        "made_at": timezone.now(),
        "person": parts.person(citizen, key),
        "preferences": parts.preferences(citizen),
        "vault": [_vault_record(record, files, language) for record in parts.vault(citizen)],
        "consents": [_consent(consent, language) for consent in parts.consents(citizen)],
        "mandates": [_mandate(mandate) for mandate in parts.mandates(citizen)],
        "requests": [_request(request, language) for request in parts.requests(citizen)],
        "mails": [
            {
                "what": said(MAIL_KINDS, mail["kind"]),
                "state": said(MAIL_STATES, mail["state"]),
                "at": _moment(mail["doneAt"] or mail["createdAt"]),
            }
            for mail in parts.mails(citizen)
        ],
    }


def _vault_record(record: Mapping[str, Any], files: Mapping[str, Any], language: str) -> dict[str, Any]:
    rows = []
    for field in record["fields"]:
        try:
            value = value_at(record["content"], field["pointer"])
        except KeyError:
            continue
        file = files.get(value) if isinstance(value, str) else None
        said = _value(value) if file is None else file_in_words(file["mediaType"], file["size"])
        address = file and (file["path"] or file["address"])
        rows.append({"title": _in(field["title"], language), "value": said, "address": address})
    return {
        "title": _in(record["title"], language),
        "changed_at": _moment(record["changedAt"]),
        "rows": rows,
    }


def _consent(consent: Mapping[str, Any], language: str) -> dict[str, Any]:
    notice = consent["notice"] or {}
    titles = {field["name"]: field["title"] for field in notice.get("fields", ())}
    return {
        "title": _in(consent["titles"], language),
        "organisation": consent["organisation"]["name"],
        "state": said(CONSENT_STATES, consent["state"]),
        "fields": [titles.get(name, name) for name in consent["terms"].get("fields", ())],
        "ends_at": _moment(consent["endsAt"]),
        "uses": consent["usesTaken"],
        "changes": [
            {
                "event": said(EVENTS, change["event"]),
                "at": _moment(change["at"]),
                "mandate": bool(change["mandate"]),
                "receipt": change["receipt"],
            }
            for change in consent["changes"]
        ],
        "offers": [_moment(offer["madeAt"]) for offer in consent["offers"]],
        "approvals": [
            {"at": _moment(approval["askedAt"]), "case": approval["case"], "state": approval["state"]}
            for approval in consent["approvals"]
        ],
    }


def _mandate(mandate: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": said(MANDATE_KINDS, mandate["kind"]),
        "for": mandate["youActFor"],
        "by": mandate["actsForYou"],
        "acts": [said(ACTS, act) for act in mandate["acts"]],
        "starts_at": _moment(mandate["startsAt"]),
        "ends_at": _moment(mandate["endedAt"] or mandate["endsAt"]),
    }


def _request(request: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "title": _in(request["titles"], language),
        "organisation": request["organisation"]["name"],
        "department": request["department"],
        "case": request["case"],
        "at": _moment(request["requestedAt"]),
        "releases": [_moment(release["releasedAt"]) for release in request["releases"]],
    }


def _value(value: Any) -> str:
    """Say a value of a record in words."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case None:
            return "–"
        case dict():
            return "; ".join(f"{name}: {_value(part)}" for name, part in value.items())
        case list():
            return "; ".join(_value(part) for part in value) or "–"
        case _:
            return str(value)


def _moment(text: str | None) -> str:
    return "" if text is None else date_format(timezone.localtime(datetime.fromisoformat(text)), "DATETIME_FORMAT")


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts["nl"]
