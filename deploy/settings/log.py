"""The log: its name, its keys, what is kept outside the database, and how long an entry stays."""

from datetime import timedelta

from deploy import retention
from deploy.last_checkpoint import last_checkpoint
from deploy.settings.given import environment
from deploy.settings.service import DEMONSTRATION

LOG_ORIGIN = environment.text("LOG_ORIGIN", "the log's name, such as deelwijs.example.nl/audit/log")
LOG_SIGNING_KEY_FILE = environment.path("LOG_SIGNING_KEY_FILE", "the file of the key that signs checkpoints")
LOG_LONGEST_DEFERRAL = environment.duration(
    "LOG_LONGEST_DEFERRAL", "how long a resident can be kept from seeing a line of the log", default=timedelta(days=180)
)
LOG_PROMISE_KEY_FILE = environment.path(
    "LOG_PROMISE_KEY_FILE", "the file of the key that signs promises to those who get data"
)
_last_checkpoint = last_checkpoint(environment)
LOG_LAST_CHECKPOINT_FILE = _last_checkpoint.file
LOG_LAST_CHECKPOINT_URL = _last_checkpoint.url
LOG_LAST_CHECKPOINT_ACCESS_KEY = _last_checkpoint.access_key
LOG_LAST_CHECKPOINT_SECRET_KEY = _last_checkpoint.secret_key
LOG_PROMISED_DELAY = environment.duration(
    "LOG_PROMISED_DELAY",
    "how soon an entry stands in a signed checkpoint",
    default=timedelta(seconds=60),
    most=timedelta(days=1),
)
# What is not named keeps the period that `audit.retention.classes` gives.
RETENTION_PERIODS = retention.periods(environment)
AUDIT_PEOPLE = "deploy.people.People"
# Of what happens at the service itself, such as signing in, no organisation stands in the log.
SERVICE_CONTROLLER = environment.text(
    "SERVICE_CONTROLLER",
    "the OIN of the organisation that answers for the service itself",
    default="00000099000000001000" if DEMONSTRATION else "",
)
EVIDENCE_KEY_FILE = environment.path("EVIDENCE_KEY_FILE", "the file of the key that seals evidence bundles")
