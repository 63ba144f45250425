"""JSON Pointer (RFC 6901): picking one value out of a record, putting one in, and taking one out."""

from typing import Any


def value_at(record: Any, pointer: str) -> Any:
    """Return the value at `pointer`; raise KeyError where the record has none."""
    found = record
    for name in _names(pointer):
        if isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise KeyError(pointer)
    return found


def put_value(record: dict[str, Any], pointer: str, value: Any) -> None:
    """Put `value` at `pointer`, making the objects on the way; raise KeyError where something else is in the way."""
    *path, last = _names(pointer)
    found: Any = record
    for name in path:
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict):
            found = found.setdefault(name, {})
        else:
            raise KeyError(pointer)
    if not isinstance(found, dict):
        raise KeyError(pointer)
    found[last] = value


def take_value_out(record: dict[str, Any], pointer: str, value: Any) -> bool:
    """Take what is at `pointer` out of its object if it is `value`; return whether it was."""
    above, _slash, _last = pointer.rpartition("/")
    last = _names(pointer)[-1]
    try:
        found = value_at(record, above)
    except KeyError:
        return False
    if not isinstance(found, dict) or found.get(last) != value:
        return False
    del found[last]
    return True


def _names(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
