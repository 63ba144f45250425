"""The Merkle tree of the log: hashing, growing, proving and checking (RFC 9162 §2.1, as RFC 6962 §2.1).

A tree over n leaves is a binary tree whose left half is always perfect. So every range that a proof speaks of
splits into *perfect subtrees*, named here by `Node(level, index)`: the 2^level leaves from index·2^level on. A
perfect subtree never changes once it is full. That is what makes growing and proving cheap: nothing old is
ever hashed again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree of 2^level leaves; `index` counts the subtrees of that level from the left."""

    level: int
    index: int


@dataclass(frozen=True, slots=True)
class Span:
    """The leaves from `start` up to and without `end`."""

    start: int
    end: int


class ProofFailed(ValueError):
    """The proof does not show what it is meant to show."""


def hash_leaf(data: bytes) -> bytes:
    """Hash the data of one leaf. The prefix keeps a leaf from ever passing for a node."""
    return sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return hash_pair(left + right)


def hash_pair(children: bytes) -> bytes:
    """Hash two children, joined, into their parent."""
    return sha256(b"\x01" + children).digest()


def fold(perfect_roots: Sequence[bytes]) -> bytes:
    """Hash the roots of adjoining perfect subtrees, largest first, into the root over all their leaves."""
    if not perfect_roots:
        return EMPTY_ROOT
    root = perfect_roots[-1]
    for left in reversed(perfect_roots[:-1]):
        root = hash_node(left, root)
    return root


def perfect_subtrees(span: Span) -> list[Node]:
    """Split a span into perfect subtrees, largest first.

    The span begins where a subtree of its largest power of two may begin, as every span of a proof does.
    """
    nodes = []
    start = span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def frontier_nodes(size: int, frontier: bytes | None) -> dict[Node, bytes]:
    """Name the hashes that `CompactRange.to_bytes` wrote of a tree of `size` leaves; none if they are not of it."""
    nodes = perfect_subtrees(Span(0, size))
    if frontier is None or len(frontier) != len(nodes) * HASH_BYTES:
        return {}
    return dict(zip(nodes, split_hashes(bytes(frontier)), strict=True))


class CompactRange:
    """The roots of the perfect subtrees that make up a tree, largest first: all that growing it needs."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)
        if len(self.roots) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees")

    @classmethod
    def from_bytes(cls, size: int, frontier: bytes) -> Self:
        """Read what `to_bytes` wrote. Raise ValueError if it cannot belong to a tree of `size` leaves."""
        return cls(size, split_hashes(frontier))

    def to_bytes(self) -> bytes:
        return b"".join(self.roots)

    def append(self, leaf_hash: bytes) -> None:
        """Grow by one leaf: two subtrees of the same size become one, as carrying does in binary addition."""
        self.append_subtree(leaf_hash, level=0)

    def append_subtree(self, root: bytes, *, level: int) -> None:
        """Grow by a perfect subtree of 2^level leaves, where one may begin."""
        size, rest = divmod(self.size, 1 << level)
        if rest:
            raise ValueError(f"a subtree of {1 << level} leaves cannot follow {self.size} leaves")
        while size & 1:
            root = hash_node(self.roots.pop(), root)
            size >>= 1
        self.roots.append(root)
        self.size += 1 << level

    def copy(self) -> Self:
        return type(self)(self.size, self.roots)

    def root(self) -> bytes:
        return fold(self.roots)


def split_hashes(joined: bytes) -> list[bytes]:
    """Cut joined 32-byte hashes apart. Raise ValueError if they do not come out even."""
    if len(joined) % HASH_BYTES:
        raise ValueError(f"{len(joined)} bytes are no whole number of hashes")
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return the spans whose roots are the inclusion proof of a leaf, leaf to root (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    spans = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left_half(end - start)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old_size: int, size: int) -> list[Span]:
    """Return the spans whose roots show that a tree extends an older one (RFC 9162 §2.1.4.1)."""
    if not 0 < old_size <= size:
        raise ValueError(f"there is no consistency proof from {old_size} to {size} leaves")
    spans = []
    start, end = 0, size
    while end != old_size:
        middle = start + _left_half(end - start)
        if old_size <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    if start > 0:  # the old root itself is known to who asks, so it is left out
        spans.append(Span(start, end))
    return spans[::-1]


def prove(spans: Iterable[Span], hash_of: Callable[[Node], bytes]) -> list[bytes]:
    """Hash the spans of a proof, given a way to look up perfect subtrees."""
    return [fold([hash_of(node) for node in perfect_subtrees(span)]) for span in spans]


def check_inclusion(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at `index` of the tree with this root (RFC 9162 §2.1.3.2), or raise ProofFailed."""
    if not 0 <= index < size:
        raise ProofFailed(f"a tree of {size} leaves has no leaf {index}")
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + (index >> inner).bit_count():
        raise ProofFailed(f"the proof of leaf {index} in {size} has the wrong number of hashes")
    computed = _climb(leaf_hash, index, proof[:inner])
    for left in proof[inner:]:
        computed = hash_node(left, computed)
    if computed != root:
        raise ProofFailed("the proof leads to another root")


def check_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `size` only added leaves to the old one (RFC 9162 §2.1.4.2), or raise ProofFailed."""
    if not 0 <= old_size <= size:
        raise ProofFailed(f"a tree of {size} leaves does not follow one of {old_size}")
    if old_size in (0, size):
        # Every tree extends the empty one, and a tree extends itself: there is nothing to prove, only to equal.
        if proof or (old_root != root if old_size else old_root != EMPTY_ROOT):
            raise ProofFailed("two roots for one size, or a proof where none is needed")
        return
    # The largest perfect subtree on the right edge of the old tree: where both climbs begin.
    trailing = (old_size & -old_size).bit_length() - 1
    hashes = list(proof)
    start = old_root if old_size == 1 << trailing else _first(hashes)
    last = (old_size - 1) >> trailing
    inner = (last ^ ((size - 1) >> trailing)).bit_length()
    if len(hashes) != inner + (last >> inner).bit_count():
        raise ProofFailed(f"the proof from {old_size} to {size} has the wrong number of hashes")
    old_computed, computed = start, start
    for level, sibling in enumerate(hashes[:inner]):
        if last >> level & 1:
            old_computed = hash_node(sibling, old_computed)
            computed = hash_node(sibling, computed)
        else:
            computed = hash_node(computed, sibling)
    for left in hashes[inner:]:
        old_computed = hash_node(left, old_computed)
        computed = hash_node(left, computed)
    if old_computed != old_root:
        raise ProofFailed("the proof does not lead to the old root")
    if computed != root:
        raise ProofFailed("the proof does not lead to the new root")


def _left_half(size: int) -> int:
    """The largest power of two smaller than `size`: how RFC 9162 splits a tree of two leaves or more."""
    return 1 << ((size - 1).bit_length() - 1)


def _climb(computed: bytes, index: int, siblings: Sequence[bytes]) -> bytes:
    for level, sibling in enumerate(siblings):
        computed = hash_node(sibling, computed) if index >> level & 1 else hash_node(computed, sibling)
    return computed


def _first(hashes: list[bytes]) -> bytes:
    if not hashes:
        raise ProofFailed("the proof is empty")
    return hashes.pop(0)
