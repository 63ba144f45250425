"""The tree is that of RFC 6962 and RFC 9162: by other people's vectors, and by its own laws."""

from base64 import b64decode
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.tree.merkle import (
    CompactRange,
    Node,
    ProofFailed,
    Span,
    check_consistency,
    check_inclusion,
    consistency_spans,
    hash_leaf,
    hash_node,
    inclusion_spans,
    prove,
)
from tests.audit.log import vectors
from tests.audit.tree import root_of

CT = vectors("rfc6962_roots.json")
GO = vectors("go_tlog_vectors.json")
GO_LEAVES = [hash_leaf(f"entry {index}".encode()) for index in range(GO["n"])]
GO_ROOTS = [root_of([]), *(b64decode(root) for root in GO["roots_by_size_from_1"])]

LARGEST = 600
LEAVES = [hash_leaf(str(index).encode()) for index in range(LARGEST)]
sizes = st.integers(1, LARGEST)


def proof(spans: Sequence[Span], leaves: Sequence[bytes]) -> list[bytes]:
    def hash_of(node: Node) -> bytes:
        return root_of(leaves[node.index << node.level : (node.index + 1) << node.level])

    return prove(spans, hash_of)


def root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.1, as it is written."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hash_node(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


def test_roots_are_those_of_certificate_transparency() -> None:
    leaves = [hash_leaf(bytes.fromhex(leaf)) for leaf in CT["leaves_hex"]]
    assert [root_of(leaves[:size]).hex() for size in range(len(leaves) + 1)] == CT["roots_hex_by_size"]


def test_roots_are_those_of_go() -> None:
    tree = CompactRange()
    for size, leaf in enumerate(GO_LEAVES, start=1):
        tree.append(leaf)
        assert tree.root() == GO_ROOTS[size]


def test_inclusion_proofs_are_those_of_go() -> None:
    for vector in GO["inclusion"]:
        index, size = vector["Index"], vector["Size"]
        theirs = [b64decode(one) for one in vector["Proof"]]
        assert proof(inclusion_spans(index, size), GO_LEAVES) == theirs
        check_inclusion(leaf_hash=GO_LEAVES[index], index=index, size=size, proof=theirs, root=GO_ROOTS[size])


def test_consistency_proofs_are_those_of_go() -> None:
    for vector in GO["consistency"]:
        old, new = vector["Old"], vector["New"]
        theirs = [b64decode(one) for one in vector["Proof"]]
        assert proof(consistency_spans(old, new), GO_LEAVES) == theirs
        check_consistency(old_size=old, old_root=GO_ROOTS[old], size=new, root=GO_ROOTS[new], proof=theirs)


@given(sizes)
def test_growing_leaf_by_leaf_gives_the_root_of_the_definition(size: int) -> None:
    assert root_of(LEAVES[:size]) == root_by_definition(LEAVES[:size])


@given(st.integers(0, LARGEST), sizes)
def test_a_tree_goes_on_from_its_frontier(before: int, size: int) -> None:
    tree = CompactRange()
    for leaf in LEAVES[: min(before, size)]:
        tree.append(leaf)
    woken = CompactRange.from_bytes(tree.size, tree.to_bytes())
    for leaf in LEAVES[tree.size : size]:
        woken.append(leaf)
    assert woken.root() == root_by_definition(LEAVES[:size])


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="perfect subtrees"):
        CompactRange.from_bytes(4, bytes(64))


@given(st.data())
def test_every_leaf_has_an_inclusion_proof(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    path = proof(inclusion_spans(index, size), LEAVES)
    root = root_of(LEAVES[:size])
    check_inclusion(leaf_hash=LEAVES[index], index=index, size=size, proof=path, root=root)


@given(st.data())
def test_no_changed_inclusion_proof_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    path = proof(inclusion_spans(index, size), LEAVES)
    changed = _changed(path, data)
    with pytest.raises(ProofFailed):
        check_inclusion(leaf_hash=LEAVES[index], index=index, size=size, proof=changed, root=root_of(LEAVES[:size]))


@given(st.data())
def test_no_proof_verifies_for_another_place(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, LARGEST))
    index, elsewhere = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    path = proof(inclusion_spans(index, size), LEAVES)
    with pytest.raises(ProofFailed):
        check_inclusion(leaf_hash=LEAVES[index], index=elsewhere, size=size, proof=path, root=root_of(LEAVES[:size]))


@given(sizes, sizes)
def test_every_tree_extends_every_smaller_one(one: int, other: int) -> None:
    old, new = sorted((one, other))
    path = proof(consistency_spans(old, new), LEAVES)
    check_consistency(old_size=old, old_root=root_of(LEAVES[:old]), size=new, root=root_of(LEAVES[:new]), proof=path)


@given(st.data())
def test_no_rewritten_leaf_stays_consistent(data: st.DataObject) -> None:
    old = data.draw(st.integers(1, LARGEST - 1))
    new = data.draw(st.integers(old + 1, LARGEST))
    rewritten = list(LEAVES)
    rewritten[data.draw(st.integers(0, old - 1))] = hash_leaf(b"rewritten")
    path = proof(consistency_spans(old, new), rewritten)
    with pytest.raises(ProofFailed):
        check_consistency(
            old_size=old, old_root=root_of(LEAVES[:old]), size=new, root=root_of(rewritten[:new]), proof=path
        )


@given(st.data())
def test_no_changed_consistency_proof_verifies(data: st.DataObject) -> None:
    old = data.draw(st.integers(1, LARGEST - 1))
    new = data.draw(st.integers(old + 1, LARGEST))
    changed = _changed(proof(consistency_spans(old, new), LEAVES), data)
    with pytest.raises(ProofFailed):
        check_consistency(
            old_size=old, old_root=root_of(LEAVES[:old]), size=new, root=root_of(LEAVES[:new]), proof=changed
        )


def test_every_tree_extends_the_empty_one() -> None:
    check_consistency(old_size=0, old_root=root_of([]), size=5, root=root_of(LEAVES[:5]), proof=[])


def test_two_roots_for_one_size_are_a_fork() -> None:
    with pytest.raises(ProofFailed, match="two roots"):
        check_consistency(old_size=5, old_root=LEAVES[0], size=5, root=root_of(LEAVES[:5]), proof=[])


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_spans(index, size)
    with pytest.raises(ProofFailed, match="no leaf"):
        check_inclusion(leaf_hash=LEAVES[0], index=index, size=size, proof=[], root=LEAVES[0])


def _changed(path: list[bytes], data: st.DataObject) -> list[bytes]:
    """A proof with one hash changed, taken out, or put in."""
    at = data.draw(st.integers(0, len(path) - 1))
    change = data.draw(st.sampled_from(["change", "remove", "insert"]))
    flipped = bytes([path[at][0] ^ 1]) + path[at][1:]
    if change == "change":
        return [*path[:at], flipped, *path[at + 1 :]]
    if change == "remove":
        return [*path[:at], *path[at + 1 :]]
    return [*path[:at], flipped, *path[at:]]
