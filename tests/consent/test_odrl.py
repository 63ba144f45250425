"""Terms as ODRL 2.2: the same terms come back, and what cannot be enforced is refused with its place."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import InvalidConsent
from consent.odrl import PROFILE, from_odrl, to_odrl
from consent.odrl.example import example
from consent.odrl.vocabulary import WORDS, vocabulary
from consent.terms import Terms
from tests.terms import OIN, PLACE, stored_terms

PURPOSE = "https://deelwijs.example/register/energy-allowance/"
ASSIGNEE = f"dw:organisation/{OIN}"
TERMS: dict[str, Any] = {
    "validUntil": "2026-07-01T00:00:00Z",
    "validFrom": "2026-06-01T00:00:00Z",
    "fields": ["d#/a", "d#/b c~1é"],
    "answerOnly": {"d#/a": "adult"},
    "uses": 3,
    "usesPerPeriod": {"limit": 1, "period": "week"},
    "window": [{"days": ["monday"], "from": "09:00", "until": "17:00"}],
    "recipients": [{"oin": OIN, "department": "work"}],
    "case": "Z-1",
    "area": [PLACE],
    "aggregateOnly": True,
    "keep": {"days": 30},
    "keepUpToDate": True,
    "tellMe": True,
    "askMe": True,
}


def written(terms: dict[str, Any]) -> dict[str, Any]:
    policy = to_odrl(
        Terms.parse(terms), uid="urn:uuid:1", assigner="dw:pseudonym/1", assignee=ASSIGNEE, purpose=PURPOSE
    )
    read: dict[str, Any] = json.loads(json.dumps(policy))
    return read


def read(policy: Any) -> dict[str, Any]:
    return from_odrl(policy, purpose=PURPOSE, assignee=ASSIGNEE)


def places(policy: Any) -> set[str]:
    with pytest.raises(InvalidConsent) as refused:
        read(policy)
    assert all(error.code == "not-enforceable" and error.detail for error in refused.value.errors)
    return {error.pointer for error in refused.value.errors}


def test_an_agreement_has_the_form_of_odrl() -> None:
    policy = written(TERMS)
    assert (policy["@type"], policy["profile"], policy["uid"]) == ("Agreement", PROFILE, "urn:uuid:1")
    (permission,) = policy["permission"]
    assert permission["action"] == "use"
    assert permission["target"] == [
        {
            "@type": "AssetCollection",
            "source": "dw:field/d%23%2Fa",
            "refinement": [{"leftOperand": "dw:answer", "operator": "eq", "rightOperand": "adult"}],
        },
        "dw:field/d%23%2Fb%20c~1%C3%A9",
    ]
    assert permission["duty"] == [{"action": "obtainConsent", "consentingParty": "dw:pseudonym/1"}]
    assert [duty["action"] for duty in policy["obligation"]] == ["inform", "delete"]
    assert {one.get("leftOperand", "and") for one in permission["constraint"]} == {
        "purpose",
        "dateTime",
        "recipient",
        "count",
        "and",
        "dw:window",
        "event",
        "spatial",
        "dw:output",
        "dw:values",
    }


def test_every_term_comes_back() -> None:
    assert read(written(TERMS)) == TERMS


@given(stored_terms())
def test_all_terms_come_back(terms: dict[str, Any]) -> None:
    # Of a field that is not shared no answer is given, so none is told.
    shared = {field: name for field, name in terms.pop("answerOnly", {}).items() if field in terms["fields"]}
    stored = Terms.parse({**terms, **({"answerOnly": shared} if shared else {})})
    assert Terms.parse(read(written(stored.dump()))) == stored


def test_terms_that_nobody_knows_are_not_left_out_of_an_agreement() -> None:
    with pytest.raises(InvalidConsent):
        written({**TERMS, "moonPhase": "full"})


def changed(place: str, value: Any) -> dict[str, Any]:
    """Return the agreement with one thing set, at a place such as /permission/0/action."""
    policy = written(TERMS)
    found: Any = policy
    *parents, last = place.split("/")[1:]
    for name in parents:
        found = found[int(name)] if isinstance(found, list) else found[name]
    if isinstance(found, list):
        found.insert(int(last), value)
    else:
        found[last] = value
    return policy


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/@context", "http://www.w3.org/ns/odrl.jsonld"),
        ("/@type", "Privacy"),
        ("/profile", "https://elsewhere.example/profile"),
        ("/assignee", "dw:organisation/00000009876543210000"),
        ("/prohibition", [{"action": "distribute"}]),
        ("/inheritFrom", "urn:uuid:2"),
        ("/conflict", "perm"),
        ("/permission", []),
        ("/permission/0/action", "sell"),
        ("/permission/0/assignee", "dw:organisation/1"),
        ("/permission/0/remedy", []),
        ("/permission/0/constraint/0", {"leftOperand": "payAmount", "operator": "eq", "rightOperand": 5}),
        ("/permission/0/constraint/0", {"leftOperand": "purpose", "operator": "eq", "rightOperand": "other"}),
        ("/permission/0/constraint/0", {"leftOperand": "count", "operator": "lt", "rightOperand": 5}),
        ("/permission/0/constraint/0", {"leftOperand": "count", "operator": "lteq", "rightOperand": "5"}),
        (
            "/permission/0/constraint/0",
            {"leftOperand": "event", "operator": "eq", "rightOperand": "Z-1", "unit": "x"},
        ),
        ("/permission/0/constraint/0", {"or": {"@list": []}}),
        ("/permission/0/constraint/0", {"and": {"@list": []}}),
        (
            "/permission/0/constraint/0",
            {"leftOperand": "dw:values", "operator": "eq", "rightOperand": {"@id": "dw:yesterday"}},
        ),
        ("/permission/0/constraint/0", "always"),
        ("/permission/0/duty/0", {"action": "compensate"}),
        ("/permission/0/target/0", "https://elsewhere.example/field"),
        ("/permission/0/target/0", {"@type": "AssetCollection", "source": "dw:field/d%23%2Fc"}),
        ("/obligation/0", {"action": "delete"}),
        ("/obligation/0", {"action": "archive"}),
        ("/obligation/0", []),
    ],
)
def test_what_cannot_be_enforced_is_refused_with_its_place(place: str, value: Any) -> None:
    assert f"/odrl{place}" in places(changed(place, value))


def test_the_same_twice_is_refused() -> None:
    policy = written(TERMS)
    policy["permission"][0]["constraint"].append(deepcopy(policy["permission"][0]["constraint"][1]))
    policy["permission"][0]["target"].append("dw:field/d%23%2Fa")
    assert len(places(policy)) == 2


def test_two_permissions_are_refused() -> None:
    policy = written(TERMS)
    policy["permission"] *= 2
    assert places(policy) == {"/odrl/permission"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
PLACES = [
    "/permission/0/constraint",
    "/permission/0/target",
    "/permission/0/duty",
    "/permission/0/action",
    "/permission/0/constraint/0",
    "/permission/0/target/0",
    "/permission/0/duty/0",
    "/permission/0/duty/0/action",
    "/permission/0/constraint/2/rightOperand",
    "/permission/0/constraint/4/rightOperand",
    "/permission/0/constraint/5/and",
    "/permission/0/constraint/6/rightOperand",
    "/permission/0/constraint/8/rightOperand",
    "/obligation",
    "/obligation/1/constraint",
    "/permission",
    "/@type",
]


@given(st.sampled_from(PLACES), json_values)
def test_whatever_comes_in_is_read_or_refused(place: str, value: Any) -> None:
    """No other exception, and never terms that were not asked."""
    try:
        found = read(changed(place, value))
    except InvalidConsent:
        return
    assert set(found) <= set(TERMS)


def test_the_example_on_the_page_is_one_that_is_read() -> None:
    policy = json.loads(json.dumps(example()))
    found = from_odrl(
        policy, purpose="https://deelwijs.example/register/energy-allowance/", assignee=policy["assignee"]
    )
    assert found["usesPerPeriod"] == {"limit": 1, "period": "month"}


def test_every_word_of_the_profile_that_is_written_is_explained() -> None:
    said = json.dumps({**written(TERMS), "@context": []})
    names = {name for name in WORDS if f'"dw:{name}' in said}
    assert names == set(WORDS) - {"role"}
    graph = vocabulary("https://deelwijs.example/ns/odrl")["@graph"]
    assert len(graph) == 1 + len(WORDS)
    assert {text["@language"] for one in graph[1:] for text in one["skos:definition"]} == {"nl", "en"}
