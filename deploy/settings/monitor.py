"""How often the log is looked at, and who hears of an alarm."""

from datetime import timedelta

from deploy.settings.given import environment
from deploy.settings.service import VAR

LOG_MONITOR_EVERY = environment.duration(
    "LOG_MONITOR_EVERY",
    "how often the monitor looks at the log",
    default=timedelta(seconds=10),
    most=timedelta(hours=1),
)
LOG_RECOMPUTED_WITHIN = environment.duration(
    "LOG_RECOMPUTED_WITHIN",
    "within how long the monitor recomputes the whole log",
    default=timedelta(days=7),
    most=timedelta(days=366),
)
# Empty: alarms stand at /oversight/alarms/ and in the metrics, and nobody gets a mail.
LOG_ALARM_EMAIL = environment.texts("LOG_ALARM_EMAIL", "the addresses that get a mail of every alarm", default=())
# Empty: there are no metrics.
METRICS_TOKEN = environment.text(
    "METRICS_TOKEN", "20 or more random characters by which the one who reads /metrics is known", default=""
)
LOG_WATCH_FOLDER = environment.path(
    "LOG_WATCH_FOLDER",
    "a folder outside the database for what the monitor and verify_log remember of the log",
    default=VAR / "log-watch",
)
