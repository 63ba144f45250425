"""Neighbours watch the log: what they saw is published, and a log that was set back gets no signature."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings

from audit.signing.log_key import load_verifier, verifier_file
from audit.witness.publisher import CONTRADICTED
from deploy.demonstration.small_witness import NeighbouringWitness, policy_of
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.scratch_copy import copy_log, going_alarms, run_on_copy, set_log_back
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal

_VERIFIER = settings.BASE / "audit" / "standalone_verifier.py"
_NAMES = ("north.example/witness", "south.example/witness", "west.example/witness")


def let_two_sign(journey: Journey) -> str:
    with tempfile.TemporaryDirectory(prefix="deelwijs-tour-") as name, _neighbours(2) as witnesses:
        folder = Path(name)
        published = _publish(copy_log(folder), folder, witnesses)
        if published.returncode != 0:
            raise StepFailed(expected="a checkpoint that two witnesses signed", received=_said(published))
        # What the program says of its work stands before it.
        note = published.stdout[published.stdout.index(f"{settings.LOG_ORIGIN}\n") :]
        expect_equal("refused", [[], []], [witness.refused for witness in witnesses])
        keys = [witness.verifier_key for witness in witnesses]
        expect_equal("the stand-alone verifier", (0, "HOLDS"), _verify_elsewhere(folder, note, keys))
        one_less = "".join(line for line in note.splitlines(keepends=True) if _NAMES[1] not in line)
        status, said = _verify_elsewhere(folder, one_less, keys)
        expect("that it misses the second witness", status == 1, said)
    return f"{witnesses[0].size:,} leaves, seen by {' and '.join(witness.name for witness in witnesses)}: HOLDS"


def refuse_what_was_set_back(journey: Journey) -> str:
    with tempfile.TemporaryDirectory(prefix="deelwijs-tour-") as name, _neighbours(3) as witnesses:
        folder = Path(name)
        copy = copy_log(folder)
        third = witnesses[2:]
        shown = _publish(copy, folder, third)
        expect_equal("the third witness, shown the whole log", 0, shown.returncode)
        newest, older = set_log_back(copy)
        set_back = _publish(copy, folder, witnesses)
        refused = witnesses[2].refused
        expect("that the third witness refuses, with 409", set(refused) == {409}, refused)
        expect_equal("size that the third witness remembers", newest, witnesses[2].size)
        expect_equal("publishing with two of three", 1, set_back.returncode)
        expect_equal("alarms", True, CONTRADICTED in going_alarms(copy))
    return f"it saw {newest:,} leaves and signs no tree of {older:,}; nothing is published, and an alarm says so"


@contextmanager
def _neighbours(number: int) -> Iterator[list[NeighbouringWitness]]:
    """Start witnesses that watch this log, each on a port of this machine."""
    with ExitStack() as stack:
        key = str(load_verifier())
        yield [stack.enter_context(NeighbouringWitness(name, key)) for name in _NAMES[:number]]


def _publish(copy: Path, folder: Path, witnesses: Sequence[NeighbouringWitness]) -> "subprocess.CompletedProcess[str]":
    """Take the newest checkpoint of a copy to the witnesses; all of them must sign."""
    policy = folder / "policy"
    policy.write_text(policy_of(witnesses), encoding="utf-8")
    return run_on_copy(copy, "publish", "--once", LOG_WITNESS_POLICY_FILE=str(policy))


def _verify_elsewhere(folder: Path, note: str, keys: Sequence[str]) -> tuple[int, str]:
    """Run the stand-alone verifier in a process that cannot import the service."""
    file = folder / "checkpoint"
    file.write_text(note, encoding="utf-8")
    key = verifier_file(Path(settings.LOG_SIGNING_KEY_FILE))
    named = [part for one in keys for part in ("--witness", one)]
    result = subprocess.run(
        [sys.executable, "-I", str(_VERIFIER), "witnesses", str(file), "--key", str(key), *named],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result.returncode, result.stdout.strip()


def _said(result: "subprocess.CompletedProcess[str]") -> str:
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    return f"{result.returncode}: {' '.join(lines[-3:])}"


STEPS = (
    Step("Two neighbours sign what they saw of the log", let_two_sign),
    Step("A third refuses a log that was set back", refuse_what_was_set_back),
)
