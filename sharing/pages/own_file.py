"""A citizen looks at a file of the own vault. It is the citizen's own, so nothing of it is logged."""

import time
from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent.acting import Acting
from consent.models import Mandate
from consent.pages.access import citizen_page
from sharing.errors import StoredFileNotFound
from sharing.file_answer import answer_file
from sharing.pages.own_data import check_sees_everything
from sharing.released_file_answer import STILL_TYPE
from sharing.services.files.open_file import open_vault_file, open_vault_still
from sharing.services.files.remove import find_file
from sharing.services.viewing.stream import PIECE, STRETCH, STRETCH_SECONDS, StreamCut


@require_safe
@citizen_page
def own_file(request: HttpRequest, acting: Acting, file_id: UUID) -> HttpResponseBase:
    """Answer with an own file, or some bytes of it."""
    check_sees_everything(acting)
    file = find_file(citizen=acting.citizen, file_id=file_id)
    return answer_file(
        request,
        name=str(file.pk),
        media_type=file.media_type,
        size=file.size,
        look=lambda: None,
        view=lambda start, stop: OwnStream(acting, file_id, start=start, stop=stop),
        plays=True,
    )


@require_safe
@citizen_page
def own_still(request: HttpRequest, acting: Acting, file_id: UUID) -> HttpResponseBase:
    """Answer with the still picture of an own file."""
    check_sees_everything(acting)
    file = find_file(citizen=acting.citizen, file_id=file_id)
    if not file.still_size:
        raise StoredFileNotFound
    return answer_file(
        request,
        name=f"{file.pk}-still",
        media_type=STILL_TYPE,
        size=file.still_size,
        look=lambda: None,
        view=lambda start, stop: iter([open_vault_still(acting.citizen, file_id)[start:stop]]),
    )


class OwnStream(Iterator[bytes]):
    """The bytes of an own file from `start` to before `stop`; `close` closes the reader, whatever happened.

    Between two stretches it is seen that the file is there still, and that who acts for its citizen still may.
    """

    def __init__(self, acting: Acting, file_id: UUID, *, start: int, stop: int) -> None:
        self._acting, self._file_id = acting, file_id
        self._reader = open_vault_file(acting.citizen, file_id)
        self._position, self._stop = start, stop
        self._begin_stretch()

    def __next__(self) -> bytes:
        if self._position >= self._stop:
            self.close()
            raise StopIteration
        if self._position - self._begun_at >= STRETCH or time.monotonic() >= self._lasts_until:
            self._go_on()
        piece = self._reader.read_range(self._position, min(self._position + PIECE, self._stop))
        self._position += len(piece)
        return piece

    def close(self) -> None:
        self._reader.close()

    def _begin_stretch(self) -> None:
        self._begun_at = self._position
        self._lasts_until = time.monotonic() + STRETCH_SECONDS

    def _go_on(self) -> None:
        mandate = self._acting.mandate
        if mandate is not None and not Mandate.objects.in_force(timezone.now()).filter(pk=mandate.pk).exists():
            raise StreamCut("the mandate has ended")
        try:
            find_file(citizen=self._acting.citizen, file_id=self._file_id)
        except StoredFileNotFound:
            raise StreamCut("the file was removed") from None
        self._begin_stretch()
