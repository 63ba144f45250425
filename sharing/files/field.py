"""Which fields of a dataset are files, and of which media types. Pure: schemas in, names out.

A file field is a text whose format is `uuid`, the id of a stored file, and whose `contentMediaType` says what the
file is (JSON Schema 2020-12, validation section 8.4): `video/*`, `image/*` or `application/pdf`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from consent.schema_pointer import subschema

ACCEPTED: Mapping[str, frozenset[str]] = {
    "video/*": frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    "image/*": frozenset({"image/jpeg", "image/png"}),
    "application/pdf": frozenset({"application/pdf"}),
}


def accepted_media_types(schema: Mapping[str, Any], pointer: str) -> frozenset[str]:
    """Return the media types that the field at `pointer` takes: none when it is no file field."""
    try:
        part = subschema(schema, pointer)
    except KeyError:
        return frozenset()
    return media_types_of(part)


def media_types_of(part: Mapping[str, Any]) -> frozenset[str]:
    """Return the media types that a value described by `part` takes: none when it is no file."""
    if part.get("type") != "string" or part.get("format") != "uuid":
        return frozenset()
    return ACCEPTED.get(part.get("contentMediaType", ""), frozenset())


def file_pointers(schema: Mapping[str, Any]) -> list[str]:
    """Return the pointers of the file fields of a record, in the order of the schema."""
    return list(_pointers(schema, schema, "", depth=0))


def _pointers(root: Mapping[str, Any], part: Mapping[str, Any], pointer: str, *, depth: int) -> Iterator[str]:
    if depth > 20:  # a reference that leads back to itself has no end
        return
    for name in part.get("properties", {}):
        below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        try:
            found = subschema(root, below)
        except KeyError:
            continue
        if media_types_of(found):
            yield below
        else:
            yield from _pointers(root, found, below, depth=depth + 1)
