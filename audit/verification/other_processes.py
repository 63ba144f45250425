"""Processes that check rows, each with a connection to the database of its own.

This module imports nothing of Django before `_begin`: it is the first that such a process loads.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager


@contextmanager
def other_processes(number: int) -> Iterator[Executor | None]:
    """Start so many processes, and end them with the block; none where one is enough."""
    if number < 2:
        yield None
        return
    # Not forked: a connection to the database is no one's to share.
    executor = ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    import django  # loads the settings

    django.setup()
    # Ctrl-C is for who gives out the work. When that one is killed, nobody tells us, so we look ourselves.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
