"""`/oversight/searches/`: searches under a name. They show nothing of the log before they are run."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from audit.models import SavedSearch
from audit.pages.access import auditor_page
from audit.pages.saved_search_form import NameForm, SearchForm
from audit.people import Viewer, people
from audit.services.saved_search import (
    SearchNameTaken,
    SearchNotFound,
    TooManySearches,
    change_search,
    delete_search,
    save_search,
)


@dataclass(frozen=True, slots=True)
class ListedSearch:
    """A search in the list: `form` changes it where it is the viewer's own, `owner` says whose it is where not."""

    search: SavedSearch
    query: str
    form: NameForm | None
    owner: str


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def searches(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the saved searches that the viewer may run; a POST saves another."""
    if request.method != "POST":
        return _list(request, viewer)
    form = SearchForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            save_search(viewer=viewer, name=said["name"], filters=said["filters"], shared=said["shared"])
        except (SearchNameTaken, TooManySearches) as refusal:
            form.add_error("name", f"{refusal.title}. {refusal.detail}")
        else:
            messages.success(request, _("The search was saved."))
            return redirect("oversight-searches")
    return _list(request, viewer, refused=form)


@require_POST
@auditor_page
def search(request: HttpRequest, viewer: Viewer, search_id: UUID) -> HttpResponse:
    """Change a saved search of one's own, or delete it."""
    if "delete" in request.POST:
        delete_search(viewer=viewer, search_id=search_id)
        messages.success(request, _("The search was deleted."))
        return redirect("oversight-searches")
    form = NameForm(request.POST, prefix=str(search_id))
    if form.is_valid():
        said = form.cleaned_data
        try:
            change_search(viewer=viewer, search_id=search_id, name=said["name"], shared=said["shared"])
        except SearchNameTaken as refusal:
            form.add_error("name", f"{refusal.title}. {refusal.detail}")
        else:
            messages.success(request, _("The search was changed."))
            return redirect("oversight-searches")
    elif not SavedSearch.objects.owned_by(viewer).filter(pk=search_id).exists():
        raise SearchNotFound(_("There is no such saved search, or it is not yours."))
    return _list(request, viewer, changed={search_id: form})


def _list(
    request: HttpRequest,
    viewer: Viewer,
    *,
    refused: SearchForm | None = None,
    changed: dict[UUID, NameForm] | None = None,
) -> HttpResponse:
    found = list(SavedSearch.objects.visible_to(viewer).order_by("name", "id"))
    owners = people().account_names({one.owner for one in found if one.owner != viewer.account})
    listed = [
        ListedSearch(
            search=one,
            query=urlencode(one.entry_filters.as_query()),
            form=(changed or {}).get(one.pk) or _form(one) if one.owner == viewer.account else None,
            owner=owners.get(one.owner, ""),
        )
        for one in found
    ]
    status = 400 if refused or changed else 200
    return render(request, "audit/searches.html", {"searches": listed, "refused": refused}, status=status)


def _form(search: SavedSearch) -> NameForm:
    return NameForm(initial={"name": search.name, "shared": search.shared}, prefix=str(search.pk))
