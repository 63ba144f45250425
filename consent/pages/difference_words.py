"""What is different between two versions, in words for people."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consent.models import Organisation, PurposeField, PurposeVersion
from consent.pages.words import LEGAL_BASES, in_words
from consent.purpose_difference import FieldChange, PartChange
from consent.version_text import difference_between

_PARTS: dict[str, Promise] = {
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("In short"),
    "why": gettext_lazy("Why"),
    "refusing": gettext_lazy("What happens when you say no"),
    "legalBasis": gettext_lazy("Legal basis"),
    "powerImbalanceAssessment": gettext_lazy("Why you can freely say no"),
    "recipients": gettext_lazy("Who receives the data"),
    "longestValidityDays": gettext_lazy("At the longest"),
    "mostUses": gettext_lazy("How often"),
    "retentionDays": gettext_lazy("How long they keep it"),
    "storagePlace": gettext_lazy("Where it is kept"),
    "decidesAutomatically": gettext_lazy("A computer decides without a person"),
    "automatedDecisions": gettext_lazy("What a computer decides"),
    "dpiaReference": gettext_lazy("Impact assessment (DPIA)"),
    "dpiaReviewOn": gettext_lazy("Impact assessment reviewed again before"),
    "processingActivity": gettext_lazy("Processing activity"),
    "pilotEndsOn": gettext_lazy("Last day of the pilot"),
    "pilotMeasures": gettext_lazy("By what the pilot is judged"),
    "required": gettext_lazy("Your choice"),
    "answer": gettext_lazy("Only a yes or a no"),
    "datasetVersion": gettext_lazy("Version of the dataset"),
    "reason": gettext_lazy("Why"),
}
_KINDS: dict[str, Promise] = {
    "added": gettext_lazy("is asked as well"),
    "removed": gettext_lazy("is not asked any more"),
    "changed": gettext_lazy("is asked differently"),
}
_LANGUAGES: dict[str, Promise] = {"nl": gettext_lazy("in Dutch"), "en": gettext_lazy("in English")}


def difference_context(before: PurposeVersion, after: PurposeVersion, language: str) -> dict[str, Any]:
    """Return what `consent/difference.html` shows; both versions with their fields and dataset versions loaded."""
    difference = difference_between(before, after)
    names = dict(
        Organisation.objects.filter(oin__in={*before.recipients, *after.recipients}).values_list("oin", "name")
    )
    fields = {field.name: field for version in (before, after) for field in version.fields.all()}
    return {
        "same": not difference,
        "widens": difference.widens,
        "part_changes": [_part_in_words(change, names) for change in difference.parts],
        "field_changes": [
            _field_in_words(change, fields[change.name], language, names) for change in difference.fields
        ],
    }


def _part_in_words(change: PartChange, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "title": in_words(_PARTS, change.part),
        "language": change.language,
        "language_title": in_words(_LANGUAGES, change.language) if change.language else "",
        "before": _value_in_words(change.part, change.before, names),
        "after": _value_in_words(change.part, change.after, names),
    }


def _field_in_words(
    change: FieldChange, field: PurposeField, language: str, names: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "title": field.title(language),
        "source": field.dataset_version.title.get(language) or field.dataset_version.title["nl"],
        "kind": change.kind,
        "kind_title": in_words(_KINDS, change.kind),
        "reason": field.reason.get(language) or field.reason.get("nl", ""),
        "changes": [_part_in_words(part, names) for part in change.changes],
    }


def _value_in_words(part: str, value: Any, names: Mapping[str, str]) -> str:
    if part == "recipients":
        return ", ".join(names.get(oin, oin) for oin in value)
    if part == "legalBasis":
        return in_words(LEGAL_BASES, value)
    if part == "required":
        return _("needed for this purpose") if value else _("only if you choose it")
    if part in ("longestValidityDays", "retentionDays"):
        return ngettext("%(days)d day", "%(days)d days", value) % {"days": value}
    if part == "mostUses" and value is None:
        return _("as often as needed, unless you set a number")
    if part == "answer" and not value:
        return _("no: the value itself")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return "" if value is None else str(value)
