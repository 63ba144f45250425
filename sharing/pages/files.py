"""Files that were released, at the desk: where they are shown, their bytes, and saying that one is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consent.models import Member, Role
from consent.pages.access import member_page
from consent.pages.term_names import term_names
from consent.pages.terms_in_words import SaidTerm, terms_in_words
from sharing.errors import NoViewing, ReleasedFileNotFound
from sharing.models import Release, StoredFile
from sharing.release_outcome import Released
from sharing.released_file_answer import answer_released_file
from sharing.services.viewing import stop_viewing
from sharing.services.viewing.check import viewed_until


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as the page shows it. `kind` is "video", "image" or "document"; `size` is in bytes."""

    id: UUID
    title: str
    kind: str
    media_type: str
    size: int
    has_still: bool


@dataclass(frozen=True, slots=True)
class ShownFiles:
    """The files of one release, until when they can be viewed, and under which terms of the resident."""

    release_id: UUID
    files: tuple[ShownFile, ...]
    until: datetime
    terms: tuple[SaidTerm, ...]


@require_safe
@member_page(Role.REQUESTER)
def desk_file(request: HttpRequest, member: Member, release_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Answer with a file that was released to this member, or some bytes of it."""
    return answer_released_file(request, member.as_actor(), release_id=release_id, file_id=file_id, plays=True)


@require_safe
@member_page(Role.REQUESTER)
def desk_still(request: HttpRequest, member: Member, release_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Answer with the still picture of a file that was released to this member."""
    return answer_released_file(request, member.as_actor(), release_id=release_id, file_id=file_id, still=True)


@require_POST
@member_page(Role.REQUESTER)
def desk_stop_viewing(request: HttpRequest, member: Member, release_id: UUID, file_id: UUID) -> HttpResponse:
    """End the viewing of a file, and go back to the request."""
    actor = member.as_actor()
    own = Release.objects.of_organisation(actor.organisation_id).filter(pk=release_id, actor=actor.id)
    request_id = own.values_list("request_id", flat=True).first()
    if request_id is None:
        raise ReleasedFileNotFound
    try:
        stop_viewing(actor=actor, release_id=release_id, file_id=file_id)
    except NoViewing:
        messages.info(request, _("You were not viewing this file any more."))
    else:
        messages.success(
            request, _("You stopped viewing. The resident sees when, and how much of the file you received.")
        )
    return redirect("desk-request", request_id=request_id)


def shown_files(released: Released, titles: dict[str, str], language: str) -> ShownFiles | None:
    """Return the files among what was released, None where there are none."""
    if not released.files:
        return None
    release = Release.objects.select_related("consent__purpose_version").get(pk=released.id)
    consent = release.consent
    described: dict[UUID, tuple[str, dict[str, Any]]] = {
        UUID(released.data[name]["id"]): (name, released.data[name]) for name in sorted(released.files)
    }
    with_still = set(StoredFile.objects.filter(pk__in=described, still_size__gt=0).values_list("pk", flat=True))
    names = term_names([consent.purpose_version], [consent.conditions], language)
    return ShownFiles(
        release_id=release.pk,
        files=tuple(
            ShownFile(
                id=file_id,
                title=titles.get(name, name),
                kind=_kind(value["mediaType"]),
                media_type=value["mediaType"],
                size=value["size"],
                has_still=file_id in with_still,
            )
            for file_id, (name, value) in described.items()
        ),
        until=viewed_until(release.released_at, released.delete_before),
        terms=terms_in_words(consent.conditions, names),
    )


def _kind(media_type: str) -> str:
    kind = media_type.partition("/")[0]
    return kind if kind in ("video", "image") else "document"
