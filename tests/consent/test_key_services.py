"""What every key service promises, held against all three: a folder, a token of PKCS#11, a transit engine."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from consent.errors import DoesNotOpen, KeyDestroyed, KeyServiceUnavailable
from consent.keys.envelope import random_key
from consent.keys.service import KeyService
from consent.keys.service.naming import MARK
from tests.consent.key_services import Running, running

__all__ = ["running"]

# Newer Pythons warn of a fork beside threads. That is what is tried here.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

KEY = bytes(range(32))
ANNA, BRAM = b"the place of Anna's key", b"the place of Bram's key"
ALL_METHODS: dict[str, Callable[[KeyService, bytes], object]] = {
    "create": lambda service, _: service.create("epoch-2"),
    "wrap": lambda service, _: service.wrap("epoch-1", KEY, ANNA),
    "unwrap": lambda service, wrapped: service.unwrap("epoch-1", wrapped, ANNA),
    "names": lambda service, _: service.names(),
    "destroy": lambda service, _: service.destroy("epoch-1"),
}


@pytest.fixture
def wrapped(running: Running) -> bytes:
    """KEY wrapped for Anna by epoch-1, which this makes."""
    running.service.create("epoch-1")
    return running.service.wrap("epoch-1", KEY, ANNA)


def test_what_was_wrapped_opens_in_its_place(running: Running, wrapped: bytes) -> None:
    assert running.service.unwrap("epoch-1", wrapped, ANNA) == KEY
    assert KEY not in wrapped
    assert running.service.wrap("epoch-1", KEY, ANNA) != wrapped
    nowhere = running.service.wrap("epoch-1", KEY, b"")
    assert running.service.unwrap("epoch-1", nowhere, b"") == KEY
    with pytest.raises(DoesNotOpen):
        running.service.unwrap("epoch-1", nowhere, ANNA)


def test_a_wrap_of_one_person_does_not_open_for_another(running: Running, wrapped: bytes) -> None:
    running.service.create("epoch-2")
    for name, place in (("epoch-1", BRAM), ("epoch-1", b""), ("epoch-2", ANNA)):
        with pytest.raises(DoesNotOpen):
            running.service.unwrap(name, wrapped, place)
    assert running.service.unwrap("epoch-1", wrapped, ANNA) == KEY


def test_a_changed_wrap_does_not_open(running: Running, wrapped: bytes) -> None:
    changed = [
        wrapped[:position] + bytes([wrapped[position] ^ 3]) + wrapped[position + 1 :] for position in (0, 15, 40)
    ]
    for broken in [*changed, wrapped[:-1], wrapped[:20], wrapped[:5], b"", b"\xff" * 60]:
        with pytest.raises(DoesNotOpen):
            running.service.unwrap("epoch-1", broken, ANNA)
    assert running.service.unwrap("epoch-1", wrapped, ANNA) == KEY


def test_making_a_key_twice_makes_one(running: Running, wrapped: bytes) -> None:
    running.service.create("epoch-1")
    assert running.service.unwrap("epoch-1", wrapped, ANNA) == KEY
    running.service.create("epoch-10")
    running.service.create("epoch-0")
    assert running.service.names() == ["epoch-0", "epoch-1", "epoch-10"]


def test_a_name_that_is_not_there_is_refused_and_makes_nothing(running: Running, wrapped: bytes) -> None:
    with pytest.raises(KeyDestroyed):
        running.service.wrap("epoch-2", KEY, ANNA)
    with pytest.raises(KeyDestroyed):
        running.service.unwrap("epoch-2", wrapped, ANNA)
    running.service.destroy("epoch-2")
    assert running.service.names() == ["epoch-1"]


def test_a_destroyed_key_opens_nothing_ever_again(running: Running, wrapped: bytes) -> None:
    running.service.create("epoch-2")
    other = running.service.wrap("epoch-2", KEY, ANNA)
    for _ in range(2):
        running.service.destroy("epoch-1")
        assert running.service.names() == ["epoch-2"]
        with pytest.raises(KeyDestroyed):
            running.service.unwrap("epoch-1", wrapped, ANNA)
        with pytest.raises(KeyDestroyed):
            running.service.wrap("epoch-1", KEY, ANNA)
        running.restart()
    assert running.service.unwrap("epoch-2", other, ANNA) == KEY
    running.service.create("epoch-1")
    with pytest.raises(DoesNotOpen):
        running.service.unwrap("epoch-1", wrapped, ANNA)


def test_the_last_key_can_be_destroyed_too(running: Running, wrapped: bytes) -> None:
    running.service.destroy("epoch-1")
    assert running.service.names() == []
    with pytest.raises(KeyDestroyed):
        running.service.unwrap("epoch-1", wrapped, ANNA)


def test_what_is_no_name_is_refused(running: Running, wrapped: bytes) -> None:
    for name in ("", "../epoch", "a/b", "epoch 1", "Epoch-1", "-epoch", "epoch-", "epoch-1\n", "a" * 101, MARK):
        for use in (
            lambda name: running.service.create(name),
            lambda name: running.service.wrap(name, KEY, ANNA),
            lambda name: running.service.unwrap(name, wrapped, ANNA),
            lambda name: running.service.destroy(name),
        ):
            with pytest.raises(ValueError, match="no name for a key"):
                use(name)
    assert running.service.names() == ["epoch-1"]


def test_a_service_that_is_away_is_unavailable_until_it_is_back(running: Running, wrapped: bytes) -> None:
    with running.away():
        for method in ALL_METHODS.values():
            with pytest.raises(KeyServiceUnavailable):
                method(running.service, wrapped)
    assert running.service.names() == ["epoch-1"]
    assert running.service.unwrap("epoch-1", wrapped, ANNA) == KEY


def test_an_empty_service_in_its_place_is_no_destroyed_key(running: Running, wrapped: bytes) -> None:
    running.replace_by_empty()
    for name in sorted(set(ALL_METHODS) - {"create"}):
        with pytest.raises(KeyServiceUnavailable):
            ALL_METHODS[name](running.service, wrapped)


def test_threads_do_not_get_into_each_others_way(running: Running, wrapped: bytes) -> None:
    ready = threading.Barrier(8)

    def work(number: int) -> None:
        ready.wait()
        for _ in range(5):
            key, place = random_key(), f"place {number}".encode()
            own = running.service.wrap("epoch-1", key, place)
            assert running.service.unwrap("epoch-1", own, place) == key
            with pytest.raises(DoesNotOpen):
                running.service.unwrap("epoch-1", own, b"elsewhere")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))


def test_a_forked_child_opens_its_own_way_in(running: Running, wrapped: bytes) -> None:
    of_the_parent = running.service

    def work() -> None:
        assert running.service is not of_the_parent
        assert running.service.unwrap("epoch-1", wrapped, ANNA) == KEY
        running.service.create("epoch-2")
        running.service.wrap("epoch-2", KEY, BRAM)

    assert in_child(work) == 0
    # And the parent's is as it was.
    assert running.service is of_the_parent
    assert running.service.unwrap("epoch-1", wrapped, ANNA) == KEY
    assert running.service.names() == ["epoch-1", "epoch-2"]


def test_what_a_child_destroys_is_gone_for_the_parent(running: Running, wrapped: bytes) -> None:
    assert in_child(lambda: running.service.destroy("epoch-1")) == 0
    with pytest.raises(KeyDestroyed):
        running.service.unwrap("epoch-1", wrapped, ANNA)


def in_child(work: Callable[[], None]) -> int:
    """Fork, do `work` in the child, and return its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            # Nothing of pytest's may run in the child.
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
