"""JSON Pointer (RFC 6901): picking one value out of a record."""

from typing import Any


def value_at(record: Any, pointer: str) -> Any:
    """Return the value at `pointer`; raise KeyError where the record has none."""
    found = record
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise KeyError(pointer)
    return found
