"""What the log says of epochs, in words. Pure: details in, a sentence out."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def started(details: Mapping[str, Any]) -> str:
    return _("Period %(number)s: from now on new keys are locked with its main key.") % {"number": details["epoch"]}


def emptied(details: Mapping[str, Any]) -> str:
    """Say what went with the epoch, and what lives on."""
    numbers = {
        "number": details["epoch"],
        "destroyed": details["destroyedKeys"],
        "surviving": details["survivingKeys"],
    }
    return _("Period %(number)s: %(destroyed)s keys were destroyed, %(surviving)s live on under a newer key.") % numbers


def destroyed(details: Mapping[str, Any]) -> str:
    """Say that no backup opens anything of the epoch, with how many keys needed it."""
    numbers = {"number": details["epoch"], "needed": details["keysThatNeedIt"]}
    said = _("Period %(number)s: %(needed)s keys still needed it. No backup opens anything that was locked with it.")
    return said % numbers
