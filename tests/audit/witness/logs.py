"""Logs of others, for which we are a witness: a key, leaves, and what they send."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.signed_note import Signer
from audit.tree.merkle import CompactRange, Node, consistency_spans, fold, hash_leaf, prove
from audit.witness.own_key import create_witness_key_file
from audit.witness.request import AddCheckpoint

NAME = "deelwijs.example/witness"
ADDRESS = "/audit/witness/add-checkpoint"


@dataclass
class LogOfOthers:
    """A log whose leaves are numbers, and other numbers from `forked_at` on."""

    origin: str = "neighbour.example/log"
    seed: bytes = bytes(range(32))
    forked_at: int = 10**6
    signer: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.signer = Signer(self.origin, self.seed)

    @property
    def key(self) -> str:
        return str(self.signer.verifier)

    def head(self, size: int) -> TreeHead:
        tree = CompactRange()
        for number in range(size):
            tree.append(self._leaf(number))
        return TreeHead(self.origin, size, tree.root())

    def note(self, size: int) -> str:
        return sign_checkpoint(self.head(size), self.signer)

    def request(self, old_size: int, size: int) -> AddCheckpoint:
        proof = prove(consistency_spans(old_size, size), self._root) if 0 < old_size < size else []
        return AddCheckpoint(old_size, tuple(proof), self.note(size))

    def _leaf(self, number: int) -> bytes:
        return hash_leaf(f"{number}{'!' if number >= self.forked_at else ''}".encode())

    def _root(self, node: Node) -> bytes:
        tree = CompactRange()
        for number in range(node.index << node.level, (node.index + 1) << node.level):
            tree.append(self._leaf(number))
        return fold(tree.roots)


@pytest.fixture
def our_witness(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Make this service a witness; give its verifier keys."""
    file = tmp_path / "witness-key"
    monkeypatch.setattr(settings, "WITNESS_NAME", NAME)
    monkeypatch.setattr(settings, "WITNESS_KEY_FILE", str(file))
    return create_witness_key_file(file=file, name=NAME)


def send(request: AddCheckpoint | bytes, client: Client | None = None, **headers: str) -> tuple[int, str]:
    """Post a request to our own witness; return status and text."""
    body = request if isinstance(request, bytes) else request.to_bytes()
    answer = (client or Client()).post(ADDRESS, body, content_type="text/plain", **headers)  # type: ignore[arg-type]
    return answer.status_code, answer.content.decode()
