"""Who else signs the log: witnesses and time stamping authorities; and the logs that we witness."""

from datetime import timedelta
from pathlib import Path

from deploy.settings.given import environment

# The text of a policy (C2SP tlog-policy). Empty: nobody cosigns, and everything that is signed is published.
LOG_WITNESS_POLICY = environment.text(
    "LOG_WITNESS_POLICY", "which witnesses cosign the log, in the format of C2SP tlog-policy", default=""
)
LOG_WITNESS_TIMEOUT = environment.duration(
    "LOG_WITNESS_TIMEOUT",
    "how long a witness may take to answer",
    default=timedelta(seconds=5),
    most=timedelta(minutes=1),
)
# Without a key of our own we are no witness for the logs of others.
WITNESS_NAME = environment.text(
    "WITNESS_NAME", "our name as a witness, such as deelwijs.example.nl/witness", default=""
)
WITNESS_KEY_FILE = environment.text(
    "WITNESS_KEY_FILE", "the file of the key that we cosign the logs of others with", default=""
)
# Empty: checkpoints are not timestamped.
LOG_TIMESTAMP_URL = environment.url(
    "LOG_TIMESTAMP_URL", "the address of a time stamping authority (RFC 3161)", schemes=("https", "http"), default=""
)
LOG_TIMESTAMP_CERTIFICATES = environment.path(
    "LOG_TIMESTAMP_CERTIFICATES", "a PEM file with the certificates of the time stamping authority", default=Path()
)
LOG_TIMESTAMP_INTERVAL = environment.duration(
    "LOG_TIMESTAMP_INTERVAL",
    "how often the newest checkpoint is timestamped",
    default=timedelta(hours=1),
    most=timedelta(days=1),
)
