"""What was decided about the log itself, in words for everybody."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def succeeded(details: Mapping[str, Any]) -> str:
    """Say which log was ended, how much of it was lost, and who decided."""
    lost = details["signedSize"] - details["size"]
    said = _("The log %(ended)s was ended. It had %(size)d entries, and %(successor)s grows on from there.") % {
        "ended": details["endedLog"],
        "size": details["size"],
        "successor": details["successor"],
    }
    if lost > 0:
        said += " " + ngettext(
            "%(lost)d entry that was signed before is lost.", "%(lost)d entries that were signed before are lost.", lost
        ) % {"lost": lost}
    return f"{said} {_decided(details)}"


def memory_restored(details: Mapping[str, Any]) -> str:
    """Say what is remembered from now on, and who decided."""
    said = _("From now on it starts from %(size)d entries, as the database says.") % {"size": details["size"]}
    return f"{said} {_decided(details)}"


def _decided(details: Mapping[str, Any]) -> str:
    return _("Decided by %(who)s. Reason: %(reason)s") % {
        "who": _(" and ").join(details["decidedBy"]),
        "reason": details["reason"],
    }
