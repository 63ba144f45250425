"""Start the next epoch with the key service on a full disk of 1 MiB, then with room on it; say what came of both.

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
from django.utils import timezone  # noqa: E402

from consent.errors import KeyServiceUnavailable  # noqa: E402
from consent.keys.models import Epoch  # noqa: E402
from consent.keys.rotation.start import start_next_epoch  # noqa: E402
from consent.keys.service import key_service  # noqa: E402


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        return filler


def attempt() -> dict[str, object]:
    try:
        start_next_epoch(now=timezone.now())
        outcome = "started"
    except KeyServiceUnavailable as error:
        outcome = error.code
    current = Epoch.objects.get(retired_at=None)
    files = sorted(path.name for path in Path(settings.KEY_SERVICE_FOLDER).iterdir() if path.name != "filler")
    return {"outcome": outcome, "current": current.number, "keys": key_service().names(), "files": files}


def main() -> None:
    disk = Path(os.environ["FULL_FOLDER"])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    shutil.copytree(settings.KEY_SERVICE_FOLDER, disk, dirs_exist_ok=True)
    settings.KEY_SERVICE_FOLDER = disk
    filler = fill(disk)
    full = attempt()
    filler.unlink()
    sys.stdout.write(json.dumps([full, attempt()]) + "\n")


if __name__ == "__main__":
    main()
