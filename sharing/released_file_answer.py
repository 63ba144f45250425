"""The answer with a file that was released, to a system or at the desk."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from consent.actor import Actor
from sharing.errors import ReleasedFileNotFound
from sharing.file_answer import answer_file
from sharing.released_file import find_released_file
from sharing.services.viewing import check_may_view, view_file

STILL_TYPE = "image/jpeg"


def answer_released_file(
    request: HttpRequest, actor: Actor, *, release_id: UUID, file_id: UUID, still: bool = False, plays: bool = False
) -> HttpResponseBase:
    """Answer with a file of a release to `actor`, or with its still picture; raises as `view_file` does.

    `plays` as in `answer_file` and `view_file`.
    """
    found = find_released_file(actor=actor, release_id=release_id, file_id=file_id)
    file = found.file
    if still and not file.still_size:
        raise ReleasedFileNotFound
    return answer_file(
        request,
        name=f"{file.pk}-still" if still else str(file.pk),
        media_type=STILL_TYPE if still else file.media_type,
        size=file.still_size if still else file.size,
        look=lambda: check_may_view(found, actor=actor),
        view=lambda start, stop: view_file(found, actor=actor, start=start, stop=stop, still=still, plays=plays),
        plays=plays,
    )
