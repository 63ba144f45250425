"""Take a tick of the sequencer with its memory on a full disk of 1 MiB, then with room on it; say what came of both.

In a process of its own, because the disk is a file system that is mounted for it alone, on FULL_FOLDER.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 after the set-up

from audit.fork_guard.last_checkpoint import read_last_checkpoint  # noqa: E402
from audit.fork_guard.memory import MemoryUnavailable  # noqa: E402
from audit.models import Checkpoint  # noqa: E402
from audit.services.sequence import sequence_pending  # noqa: E402
from audit.signing.log_key import load_verifier  # noqa: E402
from tests.faults.start_epoch_on_full_disk import fill  # noqa: E402


def attempt() -> dict[str, object]:
    try:
        sequence_pending(limit=100)
        outcome = "signed"
    except MemoryUnavailable as error:
        outcome = type(error).__name__
    last = read_last_checkpoint(load_verifier())
    files = Path(settings.LOG_LAST_CHECKPOINT_FILE).parent.iterdir()
    return {
        "outcome": outcome,
        "signed": Checkpoint.objects.newest_first()[0].size,
        "remembered": last.head.size if last and last.head else None,
        "files": sorted(path.name for path in files if path.name != "filler"),
    }


def main() -> None:
    disk = Path(os.environ["FULL_FOLDER"])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    shutil.copyfile(settings.LOG_LAST_CHECKPOINT_FILE, disk / "last")
    settings.LOG_LAST_CHECKPOINT_FILE = disk / "last"
    filler = fill(disk)
    full = attempt()
    filler.unlink()
    sys.stdout.write(json.dumps([full, attempt()]) + "\n")


if __name__ == "__main__":
    main()
