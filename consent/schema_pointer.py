"""Where a JSON Pointer of an instance leads to in its JSON Schema."""

import re
from collections.abc import Mapping
from typing import Any

# RFC 6901 section 4. No list is longer, and Python refuses to work out thousands of digits.
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


def subschema(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    """Return the part of `schema` that describes the value at `pointer` (RFC 6901); raise KeyError for none.

    Follows `properties`, `items`, `prefixItems` and references within the schema, which is what datasets use;
    a place that only a conditional part describes counts as none, because it may be absent from every record.
    """
    if not pointer.startswith("/"):
        raise KeyError(pointer)
    found = _resolved(schema, schema)
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if name in found.get("properties", {}):
            found = found["properties"][name]
        elif _INDEX.fullmatch(name) and int(name) < len(found.get("prefixItems", ())):
            found = found["prefixItems"][int(name)]
        elif _INDEX.fullmatch(name) and isinstance(found.get("items"), Mapping):
            found = found["items"]
        else:
            raise KeyError(pointer)
        found = _resolved(schema, found)
    return found


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    for _step in range(20):  # a reference that leads back to itself describes nothing
        reference = part.get("$ref")
        if reference is None:
            return part
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise KeyError(reference)
        part = schema
        for token in reference.removeprefix("#/").split("/"):
            part = part[token.replace("~1", "/").replace("~0", "~")]
    raise KeyError("$ref")
