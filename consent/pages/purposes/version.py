"""One version at the desk: what it says, what it lacks, what is different, and what its author or officer may do."""

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
from consent.models import Account, LegalBasis, Member, PurposeVersion, Role
from consent.pages.access import member_page
from consent.pages.difference_words import difference_context
from consent.pages.purposes.versions import STATES, own_version
from consent.pages.register import notice_context
from consent.pages.words import in_words
from consent.services.purposes import ask_review, publish_purpose, retire_purpose, return_draft, sign_assessment
from consent.services.purposes.faults import draft_faults

State = PurposeVersion.State


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.PURPOSE_EDITOR, Role.PRIVACY_OFFICER)
def desk_purpose(request: HttpRequest, member: Member, version_id: UUID) -> HttpResponse:
    """Show a version; a POST takes one step with it, named by the button that was pressed."""
    version, roles = own_version(member, version_id)
    errors: list[dict[str, str]] = []
    status = HTTPStatus.OK
    if request.method == "POST":
        try:
            messages.success(request, _take_step(request, member.account, version))
            return redirect("desk-purpose", version_id=version.pk)
        except (Invalid, Conflict) as error:
            errors = [{"target": _target(fault.pointer), "text": str(fault.detail)} for fault in error.errors]
            errors = errors or [{"target": "", "text": str(error.detail or error.title)}]
            status = HTTPStatus(error.status)
            version, roles = own_version(member, version_id)
    return render(
        request, "consent/purposes/version.html", _context(request, version, roles) | {"errors": errors}, status=status
    )


def _take_step(request: HttpRequest, account: Account, version: PurposeVersion) -> str:
    """Do what was asked and return what to say of it. The services check who may; a step done twice is done once."""
    match request.POST.get("step", ""):
        case "ask-review":
            ask_review(editor=account, version=version)
            return _("The privacy officers of your organisation can review it now.")
        case "sign":
            sign_assessment(officer=account, version=version)
            return _("You have signed the assessment.")
        case "return":
            return_draft(officer=account, version=version, remarks=request.POST.get("remarks", ""))
            return _("The draft went back to its author, with your remarks.")
        case "publish":
            publish_purpose(version=version, reviewer=account)
            return _("The version is published. It stands in the register from now on.")
        case "retire":
            retire_purpose(purpose=version.purpose, officer=account)
            return _("The purpose is retired. Nobody can ask data for it any more.")
    raise Invalid(_("Choose what should happen with this version."))


def _context(request: HttpRequest, version: PurposeVersion, roles: set[str]) -> dict[str, Any]:
    language = get_language() or "nl"
    account = request.user
    assert isinstance(account, Account)
    is_author = version.author_id == account.pk and Role.PURPOSE_EDITOR in roles
    reviews = Role.PRIVACY_OFFICER in roles and version.author_id != account.pk
    current = version.purpose.current_version
    before = current if current is not None and current.number < version.number else None
    needs_signature = version.legal_basis == LegalBasis.CONSENT and version.assessment_signed_at is None
    faults = draft_faults(version) if version.state != State.PUBLISHED else []
    unreadable = any(fault.code in ("unknown-field", "unknown-answer") for fault in faults)
    return {
        "version": version,
        "title": version.text(language).get("title") or version.purpose.slug,
        "state_title": in_words(STATES, version.state),
        "remarks": request.POST.get("remarks", ""),
        "faults": [str(fault.detail) for fault in faults],
        "edits": is_author and version.state == State.DRAFT,
        "asks_review": is_author and version.state == State.DRAFT and not faults,
        "reviews": reviews and version.state == State.REVIEW,
        "signs": reviews and version.state == State.REVIEW and needs_signature,
        "publishes": reviews and version.state == State.REVIEW and not needs_signature and not faults,
        "own_review": Role.PRIVACY_OFFICER in roles and not reviews and version.state == State.REVIEW,
        "drafts_next": Role.PURPOSE_EDITOR in roles
        and version.state == State.PUBLISHED
        and version.purpose.retired_at is None,
        "retires": Role.PRIVACY_OFFICER in roles
        and version.purpose.retired_at is None
        and version.purpose.current_version_id == version.pk,
        "before": before,
        "shows_notice": not unreadable,
        **({} if unreadable else notice_context(version, language)),
        **(difference_context(before, version, language) if before is not None and not unreadable else {}),
    }


def _target(pointer: str) -> str:
    return "id_remarks" if pointer == "/remarks" else ""
