"""A search or a count that the database gives up on is answered with what to do, and not with "unavailable"."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.utils.translation import gettext_lazy as _
from psycopg.errors import QueryCanceled

from audit.errors import TooLarge


class TooMuchToSearch(TooLarge):
    code = "too-much-to-search"
    title = _("These are too many entries to look through in a page")


@contextmanager
def searched_in_time() -> Iterator[None]:
    """Raise TooMuchToSearch where a statement inside took longer than the database lets one take."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooMuchToSearch(_("Choose fewer days, or narrow the search.")) from error
        raise
