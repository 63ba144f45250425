"""What entries about erasing and holding say, for everybody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.retention.classes import CLASSES

ORDER = "order"


def erased(details: Mapping[str, Any]) -> str:
    number = int(details["erased"])
    said = ngettext("%(number)d record was erased.", "%(number)d records were erased.", number) % {"number": number}
    return f"{said} {rule_in_words(str(details['rule']))}"


def rule_in_words(rule: str) -> str:
    """Say by which rule a record was erased: the class whose period was over, or an order."""
    if rule == ORDER:
        return _("An order to erase was approved by a second person.")
    if rule in CLASSES:
        return _("The period of this kind was over: %(title)s.") % {"title": CLASSES[rule].title}
    # A class of an earlier version of the service.
    return rule


def erasure_ordered(details: Mapping[str, Any]) -> str:
    number = int(details["entries"])
    return ngettext(
        "%(number)d record, on this ground: %(reference)s.",
        "%(number)d records, on this ground: %(reference)s.",
        number,
    ) % {"number": number, "reference": details["reference"]}


def hold_placed(details: Mapping[str, Any]) -> str:
    until = date_format(datetime.fromisoformat(str(details["until"])), "DATE_FORMAT")
    return _("Until %(until)s, on this ground: %(ground)s.") % {"until": until, "ground": details["ground"]}
