"""Commands that run until they are told to stop."""

import signal
import threading
from types import FrameType


def stopped_by_signal() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set: what is at hand is finished, then the process ends."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopped
