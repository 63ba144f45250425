"""The files that citizens add: where they lie sealed, how large they may be, who scans them."""

from datetime import timedelta

from deploy.settings.given import environment
from deploy.settings.tasks import LONGEST_TASK

FILE_STORAGE_URL = environment.url(
    "FILE_STORAGE_URL",
    "where sealed files lie, file:///folder or s3://bucket/prefix?endpoint=https://host",
    schemes=("file", "s3"),
)
# Without them boto3 finds keys by itself: in its own files and variables, or from the machine that it runs on.
FILE_STORAGE_ACCESS_KEY = environment.text("FILE_STORAGE_ACCESS_KEY", "the access key of the bucket", default="")
FILE_STORAGE_SECRET_KEY = environment.text("FILE_STORAGE_SECRET_KEY", "the secret key of the bucket", default="")
LARGEST_FILE = environment.size(
    "LARGEST_FILE", "the size of the largest file that a citizen can add", default=10 * 1024**3, most=64 * 1024**3
)
MOST_FILES_SIZE = environment.size(
    "MOST_FILES_SIZE", "how much one citizen can store in all", default=100 * 1024**3, most=1024**5
)
# One request brings at most so much of an upload; a lost connection costs at most as much again.
LARGEST_PART = 16 * 1024**2
MOST_UPLOADS = 5
UPLOAD_KEPT = timedelta(hours=24)
# A check that did not begin, or did not end, within these is begun once more.
CHECK_QUEUED = timedelta(minutes=1)
CHECK_TAKES = LONGEST_TASK
# Not longer than a release can be repeated: what decides on the one decides on the other.
FILE_VIEWING_TIME = environment.duration(
    "FILE_VIEWING_TIME",
    "how long after a release its files can be viewed",
    default=timedelta(hours=4),
    most=timedelta(hours=24),
)
# Empty: files are not scanned, which production warns of.
VIRUS_SCANNER_URL = environment.url(
    "VIRUS_SCANNER_URL", "the address of ClamAV's clamd", schemes=("tcp", "unix"), default=""
)
