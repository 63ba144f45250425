"""What the processes tell of themselves."""

from deploy import logs
from deploy.settings.given import environment

LOG_LEVEL = environment.text("LOG_LEVEL", "the least level that is logged", default="INFO").upper()
LOGGING_CONFIG = "deploy.logs.configure"
LOGGING = logs.configuration(level=LOG_LEVEL)
