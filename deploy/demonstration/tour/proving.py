"""The log shows what was done to it, and proves an access to who does not trust the service."""

import base64
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.fork_guard.memory import checkpoint_memory
from audit.signing.log_key import verifier_file
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.scratch_copy import alter_record, copy_log, run_command, run_on_copy
from deploy.demonstration.tour.service import Answer
from deploy.demonstration.tour.step import Step, StepFailed, expect_equal

_POLL_SECONDS = 0.25
_VERIFIER = settings.BASE / "audit" / "standalone_verifier.py"


def verify_real_log(journey: Journey) -> str:
    result = run_command("verify_log", "--json")
    if result.returncode != 0:
        raise StepFailed(expected="verify_log passes", received=_said(result))
    counted: dict[str, Any] = json.loads(result.stdout)
    return f"{counted['leaves']:,} leaves and {counted['checkpoints']:,} checkpoints are as they were written"


def find_altered_row(journey: Journey) -> str:
    entry_id = journey.accesses[-1]
    with tempfile.TemporaryDirectory(prefix="deelwijs-tour-") as folder:
        # Taken before the copy: a later one would speak of leaves that the copy does not have.
        last_checkpoint = Path(folder) / "last-checkpoint"
        if kept := checkpoint_memory().read():
            last_checkpoint.write_text(kept.note, encoding="utf-8")
        copy = copy_log(Path(folder))
        # What verification remembers of the log is not for a copy of it.
        environment = {
            "LOG_LAST_CHECKPOINT_FILE": str(last_checkpoint),
            "LOG_LAST_CHECKPOINT_URL": "",
            "LOG_WATCH_FOLDER": str(Path(folder) / "log-watch"),
        }
        whole = run_on_copy(copy, "verify_log", **environment)
        if whole.returncode != 0:
            raise StepFailed(expected="verify_log passes on the untouched copy", received=_said(whole))
        expect_equal("rows altered", 1, alter_record(copy, entry_id, old=journey.case, new=journey.case[::-1]))
        altered = run_on_copy(copy, "verify_log", **environment)
    if altered.returncode != 1 or f"record {entry_id}" not in _said(altered):
        raise StepFailed(expected=f"verify_log ends with 1 and names record {entry_id}", received=_said(altered))
    return f"the case changed in a copy: verify_log ends with 1 and names record {entry_id}"


def verify_inclusion_proof(journey: Journey) -> str:
    entry_id = journey.accesses[0]
    proof = _wait_for_proof(journey, entry_id)
    with tempfile.TemporaryDirectory(prefix="deelwijs-tour-") as folder:
        file = Path(folder) / "proof.json"
        file.write_text(proof.text, encoding="utf-8")
        honest = _verify_elsewhere(file)
        expect_equal("the stand-alone verifier", (0, "HOLDS"), (honest.returncode, honest.stdout.strip()))
        file.write_text(json.dumps(_with_another_case(proof.body, journey.case)), encoding="utf-8")
        forged = _verify_elsewhere(file)
        expect_equal("the stand-alone verifier, on a forged proof", 1, forged.returncode)
    index, size = proof.member("leafIndex"), proof.member("treeSize")
    return f"leaf {index:,} of {size:,}: HOLDS; with one word changed it does not"


def _wait_for_proof(journey: Journey, entry_id: str) -> Answer:
    """Return the proof of an entry, once the sequencer has given it a place: within the delay that was promised."""
    deadline = time.monotonic() + settings.LOG_PROMISED_DELAY.total_seconds()
    while True:
        answer = journey.browser.get(f"/api/v1/entries/{entry_id}/proof")
        if answer.status != 409 or time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    return answer


def _verify_elsewhere(proof: Path) -> "subprocess.CompletedProcess[str]":
    """Run the stand-alone verifier in a process that cannot import the service."""
    key = verifier_file(Path(settings.LOG_SIGNING_KEY_FILE))
    return subprocess.run(
        [sys.executable, "-I", str(_VERIFIER), "proof", str(proof), "--key", str(key)],
        cwd=proof.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _with_another_case(proof: dict[str, Any], case: str) -> dict[str, Any]:
    canonical = base64.b64decode(proof["canonical"]).replace(case.encode(), case[::-1].encode())
    return {**proof, "canonical": base64.b64encode(canonical).decode()}


def _said(result: "subprocess.CompletedProcess[str]") -> str:
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    return f"{result.returncode}: {' '.join(lines[-3:])}"


STEPS = (
    Step("The log is verified", verify_real_log),
    Step("An altered row of the log is found", find_altered_row),
    Step("A proof of one access is verified", verify_inclusion_proof),
)
