"""A JSON Schema as the questions of a form, and the answers as a record again. Pure: no table and no request.

Objects in objects become one list of questions. What can be asked is text, a number, a date, yes or no, one of a
list, a file, and a list of a fixed length of those; what is constant is filled in by itself, and what cannot be asked
stays as it is.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from sharing.files.field import media_types_of

Kind = Literal["text", "integer", "number", "boolean", "date", "choice", "file"]

MOST_IN_A_LIST = 4


@dataclass(frozen=True, slots=True)
class Question:
    """One value of a record. `pointer` is its JSON Pointer (RFC 6901); `limits` the keywords of the schema that hold.

    `always` says that the record cannot be without it; `with_parent` that its own object cannot, wherever that is.
    """

    pointer: str
    kind: Kind
    always: bool
    with_parent: bool
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parent(self) -> str:
        return self.pointer.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of the pointer, as people would write it."""
        return _unescaped(self.pointer.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a schema asks: its questions, its constants by pointer, and the pointers of what a form cannot ask."""

    questions: tuple[Question, ...]
    constants: Mapping[str, Any]
    kept: tuple[str, ...]


def read_schema(schema: Mapping[str, Any]) -> Asked:
    """Return what a JSON Schema of an object asks."""
    questions: list[Question] = []
    constants: dict[str, Any] = {}
    kept: list[str] = []
    for pointer, part, always, with_parent in _leaves(schema, schema, "", always=True):
        if "const" in part:
            constants[pointer] = part["const"]
        elif kind := _kind(part):
            limits = {name: part[name] for name in _LIMITS if name in part}
            questions.append(Question(pointer, kind, always, with_parent, limits))
        else:
            kept.append(pointer)
    return Asked(tuple(questions), constants, tuple(kept))


def make_record(asked: Asked, answers: Mapping[str, Any], *, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of the answers by pointer; None among them stands for "not filled in".

    What a form cannot ask is taken from the record as it was, `before`. An object of which nothing is filled in is
    left out, unless something in it is kept.
    """
    record: dict[str, Any] = {}
    for pointer, value in answers.items():
        if value is not None:
            _put(record, pointer, value)
    for pointer in asked.kept:
        value = find(before, pointer)
        if value is not None:
            _put(record, pointer, deepcopy(value))
    for pointer, value in asked.constants.items():
        parent = pointer.rpartition("/")[0]
        if not parent or find(record, parent) is not None:
            _put(record, pointer, value)
    return _in_lists(record, asked)


def missing_beside_others(asked: Asked, answers: Mapping[str, Any]) -> list[Question]:
    """Return the questions left open whose object, or one above it, has something filled in and then needs them."""
    filled_in = {pointer for pointer, value in answers.items() if value is not None}
    return [
        question
        for question in asked.questions
        if question.with_parent
        and not question.always
        and question.pointer not in filled_in
        and any(pointer.startswith(f"{question.parent}/") for pointer in filled_in)
    ]


def find(record: Any, pointer: str) -> Any:
    """Return the value at `pointer`, or None where the record has none."""
    found = record
    for token in pointer.split("/")[1:]:
        name = _unescaped(token)
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "pattern", "enum", "format")


def _leaves(
    root: Mapping[str, Any], part: Mapping[str, Any], pointer: str, *, always: bool, with_parent: bool = True
) -> Iterator[tuple[str, Mapping[str, Any], bool, bool]]:
    """Yield (pointer, its schema, whether always there, whether there with its parent) of what is no object."""
    part = _resolved(root, part)
    if part.get("type") == "object" and "properties" in part:
        required = set(part.get("required", ()))
        for name, below in part["properties"].items():
            needed = name in required
            yield from _leaves(
                root,
                below,
                f"{pointer}/{_escaped(name)}",
                always=always and needed,
                with_parent=needed,
            )
    elif part.get("type") == "array" and (length := _fixed_length(part)):
        for index in range(length):
            below = (part.get("prefixItems") or [part.get("items")] * length)[index]
            yield from _leaves(root, below, f"{pointer}/{index}", always=always, with_parent=True)
    else:
        yield pointer, part, always, with_parent


def _kind(part: Mapping[str, Any]) -> Kind | None:
    if "enum" in part:
        return "choice" if all(isinstance(choice, str) for choice in part["enum"]) else None
    match part.get("type"):
        case "string":
            if media_types_of(part):
                return "file"
            return "date" if part.get("format") == "date" else "text"
        case "integer":
            return "integer"
        case "number":
            return "number"
        case "boolean":
            return "boolean"
        case _:
            return None


def _fixed_length(part: Mapping[str, Any]) -> int:
    """Return the length of an array that always has the same few items, else 0."""
    least, most = part.get("minItems"), part.get("maxItems", len(part.get("prefixItems", ())) or None)
    fixed = least is not None and least == most and 0 < least <= MOST_IN_A_LIST
    known = "items" in part or len(part.get("prefixItems", ())) == least
    return int(least) if fixed and known and least is not None else 0


def _resolved(root: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference within the schema; one to elsewhere is left as it is, and is then not asked."""
    for _depth in range(10):
        reference = part.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return part
        target = find(root, reference[1:])
        if not isinstance(target, Mapping):
            return part
        part = target
    return part


def _put(record: dict[str, Any], pointer: str, value: Any) -> None:
    """Put a value at a pointer, making the objects on the way. A list is an object of its indexes until the end."""
    *path, last = [_unescaped(token) for token in pointer.split("/")[1:]]
    for name in path:
        record = record.setdefault(name, {})
    record[last] = value


def _in_lists(record: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """Turn the objects that stand for lists into lists."""
    lists = {question.parent for question in asked.questions if question.name.isdecimal()}
    for pointer in sorted(lists, key=len, reverse=True):
        indexed = find(record, pointer)
        if isinstance(indexed, dict) and all(name.isdecimal() for name in indexed):
            _put(record, pointer, [indexed[name] for name in sorted(indexed, key=int)])
    return record


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
