"""Keep a search under a name. That is no look at the log; running it is one, like any search."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actions import SEARCH_CHANGED, SEARCH_DELETED, SEARCH_SAVED, Action
from audit.entry_of_viewer import entry_of
from audit.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from audit.models import SavedSearch
from audit.people import Viewer
from audit.search.filters import EntryFilters
from audit.services.append import append_entry

LONGEST_NAME = 80
MOST_SEARCHES = 100


class SearchNotFound(NotFound):
    code = "search-not-found"


class SearchNameTaken(Conflict):
    code = "search-name-taken"
    title = _("You have a saved search of this name already")


class TooManySearches(Conflict):
    code = "too-many-searches"
    title = _("You have as many saved searches as you can have")


class SearchNameRefused(Invalid):
    code = "search-name"


@transaction.atomic
def save_search(*, viewer: Viewer, name: str, filters: EntryFilters, shared: bool) -> SavedSearch:
    """Keep filters under a name, for oneself or for all who oversee the same organisation."""
    if viewer.kind != "auditor" or viewer.account is None:
        raise Forbidden(_("Only a person can save a search."))
    if SavedSearch.objects.owned_by(viewer).count() >= MOST_SEARCHES:
        raise TooManySearches(_("Delete one that you do not use."))
    search = SavedSearch(
        organisation=viewer.organisation,
        owner=viewer.account,
        name=_checked(name),
        filters=filters.as_json(),
        shared=shared,
        saved_at=timezone.now(),
    )
    _store(search, new=True)
    _log(viewer, SEARCH_SAVED, search)
    return search


@transaction.atomic
def change_search(*, viewer: Viewer, search_id: UUID, name: str, shared: bool) -> SavedSearch:
    """Rename a search of one's own, or share it, or no more."""
    search = _own(viewer, search_id)
    search.name, search.shared = _checked(name), shared
    _store(search, new=False)
    _log(viewer, SEARCH_CHANGED, search)
    return search


@transaction.atomic
def delete_search(*, viewer: Viewer, search_id: UUID) -> None:
    """Delete a search of one's own."""
    search = _own(viewer, search_id)
    _log(viewer, SEARCH_DELETED, search)
    search.delete()


def _own(viewer: Viewer, search_id: UUID) -> SavedSearch:
    search = SavedSearch.objects.owned_by(viewer).select_for_update().filter(pk=search_id).first()
    if search is None:
        raise SearchNotFound(_("There is no such saved search, or it is not yours."))
    return search


def _checked(name: str) -> str:
    text = " ".join(name.split())
    if not text or len(text) > LONGEST_NAME or "\x00" in text:
        raise SearchNameRefused(
            errors=[FieldError("/name", "length", _("Give a name of 1 to %d characters.") % LONGEST_NAME)]
        )
    return text


def _store(search: SavedSearch, *, new: bool) -> None:
    try:
        with transaction.atomic():
            search.save(force_insert=new, force_update=not new)
    except IntegrityError:
        raise SearchNameTaken(_("Choose another name.")) from None


def _log(viewer: Viewer, action: Action, search: SavedSearch) -> None:
    """Log it without the name and the pseudonym: whose data was searched for is said when the search is run."""
    append_entry(
        entry_of(
            viewer,
            action,
            details={"search": str(search.pk), "shared": search.shared, "filters": sorted(search.filters)},
        )
    )
