"""What stands in a purpose file. Pure: the form and its check, without tables."""

from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from consent.errors import InvalidPurposeFile

FORMAT = "deelwijs-purpose/1"

_TEXTS = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 20_000}}
_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["iss", "format", "organisation", "slug", "number", "purpose", "datasets"],
    "properties": {
        "iss": {"type": "string"},
        "format": {"const": FORMAT},
        "organisation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["oin", "name"],
            "properties": {"oin": {"type": "string", "pattern": "^[0-9]{20}$"}, "name": {"type": "string"}},
        },
        "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,60}$"},
        "number": {"type": "integer", "minimum": 1},
        "purpose": {
            "type": "object",
            "additionalProperties": False,
            "required": [
                "texts", "legalBasis", "longestValidityDays", "mostUses", "retentionDays", "decidesAutomatically",
                "automatedDecisions", "pilotMeasures", "fields",
            ],
            "properties": {
                "texts": {"type": "object", "additionalProperties": _TEXTS},
                "legalBasis": {"type": "string"},
                "longestValidityDays": {"type": "integer", "minimum": 1, "maximum": 2_000_000_000},
                "mostUses": {"type": ["integer", "null"], "minimum": 1, "maximum": 2_000_000_000},
                "retentionDays": {"type": "integer", "minimum": 0, "maximum": 2_000_000_000},
                "decidesAutomatically": {"type": "boolean"},
                "automatedDecisions": _TEXTS,
                "pilotMeasures": _TEXTS,
                "fields": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["name", "required", "reason", "answer"],
                        "properties": {
                            "name": {"type": "string", "maxLength": 300},
                            "required": {"type": "boolean"},
                            "reason": _TEXTS,
                            "answer": {"type": "string", "maxLength": 100},
                        },
                    },
                },
            },
        },
        "datasets": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["slug", "kind", "title", "schema", "fields", "derivations"],
                "properties": {
                    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,60}$"},
                    "kind": {"type": "string"},
                    "title": _TEXTS,
                    "schema": {"type": "object"},
                    "fields": {"type": "array", "items": {"type": "object"}},
                    "derivations": {"type": "array", "items": {"type": "object"}},
                },
            },
        },
    },
}  # fmt: skip


def check_content(content: Any) -> dict[str, Any]:
    """Return `content` when it has the form of a purpose file; raise InvalidPurposeFile that says where it has not."""
    first = next(Draft202012Validator(_SCHEMA).iter_errors(content), None)
    if first is not None:
        detail = _("This is not a purpose of the format %(format)s: %(place)s is wrong.") % {
            "format": FORMAT,
            "place": first.json_path,
        }
        raise InvalidPurposeFile(detail)
    checked: dict[str, Any] = content
    return checked
