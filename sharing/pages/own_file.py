"""A citizen looks at a file of the own vault. It is the citizen's own, so nothing of it is logged."""

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from consent.acting import Acting
from consent.pages.access import citizen_page
from sharing.errors import StoredFileNotFound
from sharing.file_answer import answer_file
from sharing.files.chunked import SealedReader
from sharing.pages.own_data import check_sees_everything
from sharing.released_file_answer import STILL_TYPE
from sharing.services.files.open_file import open_vault_file, open_vault_still
from sharing.services.files.remove import find_file
from sharing.services.viewing.stream import PIECE


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
        view=lambda start, stop: OwnStream(open_vault_file(acting.citizen, file_id), start=start, stop=stop),
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
    """The bytes of an own file from `start` to before `stop`; `close` closes the reader, whatever happened."""

    def __init__(self, reader: SealedReader, *, start: int, stop: int) -> None:
        self._reader = reader
        self._position, self._stop = start, stop

    def __next__(self) -> bytes:
        if self._position >= self._stop:
            self.close()
            raise StopIteration
        piece = self._reader.read_range(self._position, min(self._position + PIECE, self._stop))
        self._position += len(piece)
        return piece

    def close(self) -> None:
        self._reader.close()
