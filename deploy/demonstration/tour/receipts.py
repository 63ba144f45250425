"""A receipt convinces who does not trust the service, without a network and without its code."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.step import Step, expect, expect_equal

_VERIFIER = settings.BASE / "consent" / "receipts" / "standalone_verifier.py"
# Runs the program in its first argument after taking the network away: whatever opens a socket ends it.
_WITHOUT_NETWORK = """
import runpy, sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"asked for the network: {event}")
sys.addaudithook(refuse)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def verify_receipt(journey: Journey) -> str:
    path = f"/api/v1/consents/{journey.second_consent_id}/changes"
    changes = journey.browser.get(path).member("results")
    granted = [change for change in changes if change["event"] == "grant"]
    expect_equal("receipts of the grant", 1, len(granted))
    receipt = journey.browser.get_as("application/jose", f"{path}/{granted[0]['id']}/receipt")
    expect_equal(f"{receipt.asked}: status", 200, receipt.status)
    keys = journey.service.get("/receipts/keys.json")
    expect_equal(f"{keys.asked}: status", 200, keys.status)
    with tempfile.TemporaryDirectory(prefix="deelwijs-tour-") as folder:
        kept, known = Path(folder) / "receipt.jws", Path(folder) / "keys.json"
        kept.write_text(receipt.text, encoding="utf-8")
        known.write_text(json.dumps(keys.body), encoding="utf-8")
        honest = _verify_elsewhere(kept, known)
        expect_equal("the stand-alone verifier", 0, honest.returncode)
        kept.write_text(_with_another_letter(receipt.text), encoding="utf-8")
        forged = _verify_elsewhere(kept, known)
    expect_equal("the stand-alone verifier, on a forged receipt", 1, forged.returncode)
    # What was shared stands in no receipt.
    income = str(journey.expected_values()["income#/inkomen"])
    expect("no value in what the receipt says", f'"{income}"' not in honest.stdout, honest.stdout)
    return "holds, checked by a program of its own without a network; with one letter changed it does not"


def _verify_elsewhere(receipt: Path, keys: Path) -> "subprocess.CompletedProcess[str]":
    """Run the verifier in a process that can neither import the service nor open a socket."""
    return subprocess.run(
        [sys.executable, "-I", "-c", _WITHOUT_NETWORK, str(_VERIFIER), str(receipt), "--keys", str(keys)],
        cwd=receipt.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _with_another_letter(receipt: str) -> str:
    header, payload, signature = receipt.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return ".".join((header, payload[:middle] + other + payload[middle + 1 :], signature))


STEPS = (Step("A receipt is verified offline", verify_receipt),)
