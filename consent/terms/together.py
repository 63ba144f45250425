"""What is wrong with terms only when they are read together."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.bounds import Bounds
from consent.terms.term import Term
from consent.terms.valid_from import ValidFrom
from consent.terms.valid_until import ValidUntil
from consent.terms.window import Window


def faults_together(known: Mapping[str, Term], bounds: Bounds) -> list[FieldError]:
    """Return why terms that are each in order allow nothing at all when they are put together."""
    until, begin, window = (known.get(kind.name) for kind in (ValidUntil, ValidFrom, Window))
    if not isinstance(until, ValidUntil) or until.moment <= bounds.now:
        return []
    start = bounds.now
    if isinstance(begin, ValidFrom):
        if begin.moment >= until.moment:
            return [FieldError("/terms/validFrom", "start-after-end", _("The start must come before the end."))]
        start = max(start, begin.moment)
    if isinstance(window, Window) and not window.opens_between(start, until.moment):
        detail = _("On these days and hours nothing can be read before the consent ends.")
        return [FieldError("/terms/window", "window-never-opens", detail)]
    return []
