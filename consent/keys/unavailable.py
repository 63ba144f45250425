"""What is said when the key service does not answer: to people what it means for them, to the operator why."""

import structlog
from django.utils.translation import gettext_lazy as _

from consent.errors import KeyServiceUnavailable

logger = structlog.get_logger(__name__)


def unavailable(reason: str) -> KeyServiceUnavailable:
    """Return the error to raise, and log `reason`, which no page or API shows. It stands in the error's note too."""
    logger.error("key service unavailable", reason=reason)
    error = KeyServiceUnavailable(_("The data cannot be opened at the moment. Try again in a few minutes."))
    error.add_note(reason)
    return error


def reason_of(error: BaseException) -> str:
    """Return what `unavailable` was given, or "" for another error."""
    return " ".join(getattr(error, "__notes__", ()))
