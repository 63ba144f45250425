"""Bring in a part of an upload in a process of its own: `python -m tests.faults.bring_part <citizen> <upload> <size>`.

With FULL_FOLDER a file system of 1 MiB is mounted there first, for this process alone. The last line says what came.
"""

import json
import os
import subprocess
import sys

import django

django.setup()

from consent.models import Citizen  # noqa: E402 after the set-up
from sharing.errors import StorageFull  # noqa: E402
from sharing.files.storage import file_storage  # noqa: E402
from sharing.models import Upload  # noqa: E402
from tests.sharing.filing import append  # noqa: E402


def main() -> None:
    citizen_id, upload_id, size = sys.argv[1:]
    if folder := os.environ.get("FULL_FOLDER"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    citizen, upload = Citizen.objects.get(pk=citizen_id), Upload.objects.get(pk=upload_id)
    outcome = "taken"
    try:
        append(citizen, upload.pk, upload.received, bytes(int(size)))
    except StorageFull as error:
        outcome = error.code
    upload.refresh_from_db()
    left = [blob.name for blob in file_storage().blobs()]
    unfinished = os.listdir(folder) if folder else []  # noqa: PTH208 names are what is looked at
    sys.stdout.write(
        json.dumps(
            {"outcome": outcome, "received": upload.received, "state": upload.state, "left": left, "all": unfinished}
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
