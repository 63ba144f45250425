"""Calls that cannot be interrupted, made so that nobody waits for them longer than a deadline."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")


class Lane:
    """Makes calls one after another, in a thread of its own.

    Behind a call that hangs the others wait too, each no longer than its deadline; when it ends, the lane goes on by
    itself with those that somebody still waits for. The thread keeps no process from ending.
    """

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget thread and calls, as a child process must: it has neither, and locks that nobody lets go of."""
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def run(self, call: Callable[[], Result], *, seconds: float) -> Result:
        """Return what `call` returns, or raise what it raises; raise TimeoutError when it is not done in time.

        A call that has begun goes on after that, so it must be one that is safe to run twice.
        """
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="key service", daemon=True)
                self._thread.start()
        future: Future[Result] = Future()
        self._calls.put((future, call))
        try:
            return future.result(timeout=seconds)
        finally:
            # Has an effect on what waits its turn only.
            future.cancel()

    def _work(self) -> None:
        while True:
            future, call = self._calls.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 whoever waits raises it
                future.set_exception(error)
