"""The neighbours of a trial: two witnesses in one process, which watch the log that `deploy/try` shows.

They remember in memory and make new keys at each start: what they sign is for show. Real witnesses are run by others.
"""

import argparse
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

from deploy.demonstration.small_witness import NeighbouringWitness, policy_of

NAMES = ("north.example/witness", "south.example/witness")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log-key", type=Path, required=True, help="the file of the verifier key of the log")
    parser.add_argument("--policy", type=Path, required=True, help="the file to write their policy to, once they run")
    given = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    key = given.log_key.read_text(encoding="utf-8")
    with ExitStack() as stack:
        witnesses = [stack.enter_context(NeighbouringWitness(name, key)) for name in NAMES]
        # In one step: who reads it finds it whole.
        unfinished = given.policy.with_suffix(".unfinished")
        unfinished.write_text(policy_of(witnesses), encoding="utf-8")
        unfinished.replace(given.policy)
        stopped.wait()


if __name__ == "__main__":
    main()
