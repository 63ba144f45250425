"""Confirming at the desk that what was read is deleted."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from consent.models import Member, Role
from consent.pages.access import member_page
from sharing.models import Deletion
from sharing.services.deletion import confirm_deletion

MOST = 25


@require_POST
@member_page(Role.REQUESTER)
def desk_deletion(request: HttpRequest, member: Member, release_id: UUID) -> HttpResponse:
    """Confirm a deletion and show its receipt; confirmed once more it is the same one."""
    confirmed = confirm_deletion(actor=member.as_actor(), release_id=release_id)
    return render(request, "sharing/deleted.html", {"confirmed": confirmed})


def deletions_due(member: Member) -> list[dict[str, Any]]:
    """Return what the member's organisation is to delete, the most urgent first."""
    now = timezone.now()
    due = Deletion.objects.of_organisation(member.organisation_id).due().order_by("due_at", "release_id")
    return [
        {
            "release_id": one.pk,
            "request_id": one.release.request_id,
            "case": one.release.request.case,
            "released_at": one.release.released_at,
            "due_at": one.due_at,
            "late": one.due_at <= now,
        }
        for one in due.select_related("release__request")[:MOST]
    ]
