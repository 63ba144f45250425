"""The witness of the demonstration, which shares no code with ours, says what ours says."""

from collections.abc import Callable

import pytest

from audit.services.witness import watch_log
from audit.witness.cosignature import read_cosigner, verified_cosignatures
from audit.witness.request import AddCheckpoint
from audit.witness.signature_line import read_signature_lines
from deploy.demonstration.small_witness import NeighbouringWitness, follows
from tests.audit.witness.logs import LogOfOthers, our_witness, send

__all__ = ["our_witness"]

LOG = LogOfOthers()
FORK = LogOfOthers(forked_at=2)


@pytest.mark.parametrize("size", range(1, 18))
def test_it_follows_what_only_grew(size: int) -> None:
    new = LOG.head(size)
    for old_size in range(size + 1):
        old, forked = LOG.head(old_size), FORK.head(old_size)
        proof = list(LOG.request(old_size, size).proof)
        assert follows(old_size, old.root, size, new.root, proof)
        if old_size > 2:
            assert not follows(old_size, forked.root, size, new.root, proof)
        if proof:
            assert not follows(old_size, old.root, size, new.root, proof[1:])
            assert not follows(old_size, old.root, size, new.root, [*proof, bytes(32)])


def test_both_answer_alike(db: None, our_witness: list[str]) -> None:
    watch_log(key=LOG.key)
    requests: list[Callable[[], AddCheckpoint | bytes]] = [
        lambda: LogOfOthers("other.example/log").request(0, 1),
        lambda: LogOfOthers(seed=bytes(32)).request(0, 1),
        lambda: LOG.request(3, 5),
        lambda: LOG.request(0, 5),
        lambda: LOG.request(0, 5),
        lambda: AddCheckpoint(5, (), LOG.note(3)),
        lambda: AddCheckpoint(5, (bytes(32),), LOG.note(9)),
        lambda: FORK.request(5, 9),
        lambda: FORK.request(5, 5),
        lambda: LOG.request(5, 5),
        lambda: LOG.request(5, 9),
        lambda: b"nonsense",
    ]
    with NeighbouringWitness("small.example/w", LOG.key) as small:
        cosigner = read_cosigner(small.verifier_key)
        for number, make in enumerate(requests):
            request = make()
            body = request if isinstance(request, bytes) else request.to_bytes()
            status, text = send(request)
            small_status, _kind, small_text = small.answer(body)
            assert small_status == status, (number, text, small_text)
            if status == 409:
                assert small_text == text
            if status == 200:
                assert isinstance(request, AddCheckpoint)
                signed = request.note.rpartition("\n\n")[0] + "\n"
                assert len(verified_cosignatures(read_signature_lines(small_text), signed, [cosigner])) == 1
