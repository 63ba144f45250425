"""Writing a draft: a first version, the next one of a purpose, or a change to a draft."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.errors import Conflict, Invalid
from audit.pages.error_links import error_links
from consent.errors import PurposeNotEditable, PurposeNotFound
from consent.models import Member, PurposeVersion, Role
from consent.pages.access import member_page
from consent.pages.purposes.asked import asked_by_post, asked_fields, asked_in, dataset_rows, newest_datasets
from consent.pages.purposes.forms import DraftForm, initial_of
from consent.pages.purposes.versions import own_version
from consent.services.purposes import draft_purpose, revise_draft


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.PURPOSE_EDITOR)
def new_purpose(request: HttpRequest, member: Member) -> HttpResponse:
    """Write a draft; `?from=` names the version that it begins with, and then it is the next one of that purpose."""
    model = _model(request, member)
    return _write(request, member, model=model, draft=None)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.PURPOSE_EDITOR)
def edit_purpose(request: HttpRequest, member: Member, version_id: UUID) -> HttpResponse:
    """Change a draft."""
    version, _roles = own_version(member, version_id)
    if version.state != PurposeVersion.State.DRAFT:
        raise PurposeNotEditable
    return _write(request, member, model=version, draft=version)


def _write(
    request: HttpRequest, member: Member, *, model: PurposeVersion | None, draft: PurposeVersion | None
) -> HttpResponse:
    """Show the form, begun with `model`, or store what it says in `draft` or else as the next draft."""
    language = get_language() or "nl"
    datasets = newest_datasets()
    data = request.POST if request.method == "POST" else None
    form = DraftForm(slug_is_fixed=model is not None, data=data, initial=initial_of(model) if model else {})
    asked = asked_by_post(request.POST, datasets) if data is not None else (asked_in(model) if model else {})
    errors: list[dict[str, str]] = []
    if form.is_bound and form.is_valid():
        fields = asked_fields(asked, datasets)
        try:
            if draft is not None:
                stored = revise_draft(editor=member.account, version=draft, fields=fields, **form.content())
            else:
                stored = draft_purpose(
                    author=member.account,
                    organisation=model.purpose.organisation if model else member.organisation,
                    slug=model.purpose.slug if model else form.cleaned_data["slug"],
                    fields=fields,
                    **form.content(),
                )
        except (Invalid, Conflict) as error:
            errors = [
                {"target": "id_slug" if one.pointer == "/slug" else "", "text": str(one.detail)} for one in error.errors
            ]
            errors = errors or [{"target": "", "text": str(error.detail or error.title)}]
        else:
            messages.success(request, _("The draft is stored."))
            return redirect("desk-purpose", version_id=stored.pk)
    errors += error_links(form)
    context: dict[str, Any] = {
        "member": member,
        "form": form,
        "model": model,
        "draft": draft,
        "datasets": dataset_rows(asked, datasets, language),
        "errors": errors,
    }
    status = HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK
    return render(request, "consent/purposes/edit.html", context, status=status)


def _model(request: HttpRequest, member: Member) -> PurposeVersion | None:
    wanted = request.GET.get("from", "")
    if not wanted:
        return None
    try:
        version, _roles = own_version(member, UUID(wanted))
    except ValueError:
        raise PurposeNotFound from None
    return version
