"""Reading a body as JSON, in one way for every endpoint."""

import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError


def read_json(body: bytes) -> Any:
    """Return what `body` says in I-JSON (RFC 7493); raise ParseError (400) for what is not that.

    Refused, because two readers could disagree about them or the database cannot store them: NaN and infinities, a
    name twice in one object, NUL characters, half surrogate pairs, and nesting that no body of ours needs.
    """
    try:
        parsed = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object)
        # Escapes can write what UTF-8 itself cannot hold.
        _refuse_unstorable(parsed)
    except UnicodeError as error:
        raise ParseError(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise ParseError(_("The body is nested too deeply.")) from error
    except ValueError as error:
        # The reason names a place or a rule, never a value.
        raise ParseError(_("The body is not valid JSON: %(reason)s") % {"reason": error}) from error
    return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a name twice")
    return members


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text has a NUL character")
        value.encode("utf-8")
    elif isinstance(value, dict):
        for name, item in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)
