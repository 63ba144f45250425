"""A policy in the text of C2SP tlog-policy says which witnesses are enough; what it does not say clearly is refused."""

from contextlib import suppress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.witness.cosignature import CosigningKey, Kind
from audit.witness.policy import PolicyError, read_policy


def key_of(number: int, name: str = "w") -> str:
    return str(CosigningKey(f"{name}{number}.example", Kind.ED25519, bytes([number]) * 32).cosigner)


NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
EXAMPLE = "\n".join(
    [
        "# the example of the specification",
        f"log {key_of(9, 'log')} https://log.example",
        "",
        *(f"witness {name} {key_of(number)} https://{name}.example/w/" for number, name in enumerate(NAMES[:3], 1)),
        "group X-witnesses 2 X1 X2 X3",
        *(f"\twitness  {name}\t{key_of(number)} " for number, name in enumerate(NAMES[3:], 4)),
        "group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
        "",
    ]
)


@pytest.mark.parametrize("size", range(7))
def test_the_example_of_the_specification(size: int) -> None:
    policy = read_policy(EXAMPLE)
    for cosigned in combinations(NAMES, size):
        enough = sum(name[0] == "X" for name in cosigned) >= 2 and any(name[0] == "Y" for name in cosigned)
        assert policy.is_met(cosigned) == enough, cosigned


def test_it_says_where_witnesses_are_asked() -> None:
    policy = read_policy(EXAMPLE)
    assert [witness.url for witness in policy.witnesses[:4]] == [f"https://X{n}.example/w" for n in (1, 2, 3)] + [""]
    assert policy.witnesses[0].cosigner.name == "w1.example"
    assert policy.logs == (key_of(9, "log"),)


def test_a_single_witness_or_none_can_be_the_quorum() -> None:
    one = read_policy(f"witness one {key_of(1)}\nquorum one")
    assert one.is_met(["one"])
    assert not one.is_met([])
    # A name that the policy does not know counts for nothing.
    assert not one.is_met(["two"])
    assert read_policy("quorum none").is_met([])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no line that begins with quorum"),
        ("quorum one", "line 1: nothing above"),
        ("quorum none\nquorum none", "line 2: there is a quorum already"),
        (f"witness one {key_of(1)}\nwitness one {key_of(2)}\nquorum one", "line 2: the name one is taken"),
        (f"witness none {key_of(1)}\nquorum none", "the name none is taken"),
        (f"witness one {key_of(1)}\nwitness two {key_of(1)}\nquorum one", "same key"),
        (f"log {key_of(1)}\nlog {key_of(1)}\nquorum none", "same key"),
        ("witness one key\nquorum one", "line 1: a key of a witness is"),
        (f"witness one {key_of(1)} ftp://one.example\nquorum one", "address"),
        (f"witness one {key_of(1)} https://one.example:port\nquorum one", "address"),
        (f"witness one {key_of(1)} https://one.example two\nquorum one", "a line is"),
        ("group g any\nquorum g", "a line is"),
        ("group g any one\nquorum g", "nothing above is called one"),
        (f"witness one {key_of(1)}\ngroup g 2 one\nquorum g", "number from 1 to 1"),
        (f"witness one {key_of(1)}\ngroup g 0 one\nquorum g", "number from 1 to 1"),
        (f"witness one {key_of(1)}\ngroup g \u0661 one\nquorum g", "number from 1 to 1"),
        (f"witness one {key_of(1)}\ngroup g any one\ngroup h any one\nquorum g", "in a group already"),
        (f"witness one {key_of(1)}\ngroup g any one one\nquorum g", "in a group already"),
        (f"witness one {key_of(1)}\ngroup g any none\nquorum g", "nothing above is called none"),
        ("quorum none\r\n", "control character"),
        ("trust everybody", "a line is"),
    ],
)
def test_what_is_not_clear_is_refused(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        read_policy(text)


@given(st.integers(min_value=1, max_value=8), st.data())
def test_k_of_n_is_met_by_k_and_by_no_fewer(number: int, data: st.DataObject) -> None:
    needed = data.draw(st.integers(min_value=1, max_value=number))
    names = [f"w{one}" for one in range(number)]
    lines = [f"witness {name} {key_of(one)}" for one, name in enumerate(names)]
    policy = read_policy("\n".join([*lines, f"group g {needed} {' '.join(names)}", "quorum g"]))
    cosigned = data.draw(st.sets(st.sampled_from(names)))
    assert policy.is_met(cosigned) == (len(cosigned) >= needed)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(PolicyError):
        read_policy(text)
