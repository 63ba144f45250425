"""The disk of the key service is full: the epoch goes on, and no half key is left."""

import json
import os
import subprocess
import sys
from pathlib import Path

from audit.models import Record
from consent.keys.models import Epoch
from tests.cast import Cast
from tests.faults.processes import BASE


def test_no_epoch_starts_until_there_is_room(committed_cast: Cast, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir(mode=0o700)
    # A mount of its own, which ends with the process; who is not root is so in there.
    apart = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
    done = subprocess.run(
        [*apart, sys.executable, "-m", "tests.faults.start_epoch_on_full_disk"],
        cwd=BASE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "deploy.settings", "FULL_FOLDER": str(disk)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    full, with_room = json.loads(done.stdout.splitlines()[-1])
    files = ["deelwijs-keys", "epoch-1.key"]
    assert full == {"outcome": "key-service-unavailable", "current": 1, "keys": ["epoch-1"], "files": files}
    files.append("epoch-2.key")
    assert with_room == {"outcome": "started", "current": 2, "keys": ["epoch-1", "epoch-2"], "files": files}
    assert list(Epoch.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert Record.objects.filter(action="consent.epoch-started").count() == 1
