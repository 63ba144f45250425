import pytest

from consent.schema_pointer import subschema

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "object", "properties": {"first": {"type": "string"}, "a/b~c": {"type": "null"}}},
        "children": {"type": "array", "items": {"$ref": "#/$defs/child"}},
        "pair": {"type": "array", "prefixItems": [{"type": "integer"}], "items": False},
        "circle": {"$ref": "#/$defs/circle"},
        "abroad": {"$ref": "https://example.org/schema"},
    },
    "$defs": {
        "child": {"type": "object", "properties": {"born": {"type": "string", "format": "date"}}},
        "circle": {"$ref": "#/$defs/circle"},
    },
}


@pytest.mark.parametrize(
    ("pointer", "kind"),
    [
        ("/name", "object"),
        ("/name/first", "string"),
        ("/name/a~1b~0c", "null"),
        ("/children", "array"),
        ("/children/0", "object"),
        ("/children/17/born", "string"),
        ("/pair/0", "integer"),
    ],
)
def test_a_pointer_leads_to_what_describes_its_value(pointer: str, kind: str) -> None:
    assert subschema(SCHEMA, pointer)["type"] == kind


@pytest.mark.parametrize(
    "pointer",
    [
        *("", "name", "/", "/Name", "/name/last", "/children/first", "/pair/1", "/circle", "/abroad", "/$defs"),
        # Digits of another script, a second way to write a number, and one that Python refuses to work out.
        *("/children/\u0663", "/children/00", f"/{'9' * 5000}", f"/children/{'9' * 5000}"),
    ],
)
def test_a_pointer_to_nothing_is_a_key_error(pointer: str) -> None:
    with pytest.raises(KeyError):
        subschema(SCHEMA, pointer)
