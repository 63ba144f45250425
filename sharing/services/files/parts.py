"""The parts of an upload as sealed blobs, each a message of its own: what arrived needs nothing that did not."""

import io
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog

from sharing.errors import StorageUnavailable
from sharing.files.chunked import SealedReader, SealedWriter
from sharing.files.keys import part_context
from sharing.files.storage import file_storage
from sharing.models import UploadPart

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """`size` bytes of an upload from `position`, durable under `blob`."""

    position: int
    size: int
    blob: str


class PartWriter:
    """Seals the bytes of one part into the storage as they come."""

    def __init__(self, *, upload_id: UUID, upload_key: bytes, position: int) -> None:
        self._blob = f"{upload_id}.{position}.{secrets.token_hex(8)}"
        self._position = position
        self._sink = file_storage().create(self._blob)
        self._writer = SealedWriter(self._sink, key=upload_key, context=part_context(upload_id, position))

    @property
    def size(self) -> int:
        return self._writer.size

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def finish(self) -> Part:
        """Make what was written durable."""
        self._writer.close()
        self._sink.finish()
        return Part(self._position, self._writer.size, self._blob)

    def abandon(self) -> None:
        self._writer.abandon()
        self._sink.abandon()


class PartsReader(io.RawIOBase):
    """The file that the parts of an upload are, from its first byte to its last, readable at any place."""

    def __init__(self, parts: Sequence[UploadPart], *, upload_id: UUID, upload_key: bytes) -> None:
        self._parts = sorted(parts, key=lambda part: part.position)
        self._upload_id, self._key = upload_id, upload_key
        self.size = 0
        for part in self._parts:
            if part.position != self.size:
                raise ValueError("The parts of an upload do not follow on each other.")
            self.size += part.size
        self._position = 0
        self._open: tuple[UploadPart, SealedReader] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type] # any buffer that can be written to
        if self._position >= self.size or not len(view):
            return 0
        part, reader = self._at_position()
        reader.seek(self._position - part.position)
        read = reader.readinto(view)
        self._position += read
        return read

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None
        super().close()

    def _at_position(self) -> tuple[UploadPart, SealedReader]:
        if self._open is not None:
            part, reader = self._open
            if part.position <= self._position < part.position + part.size:
                return self._open
            reader.close()
        part = next(one for one in self._parts if one.position <= self._position < one.position + one.size)
        source = file_storage().open(part.blob)
        reader = SealedReader(source, key=self._key, context=part_context(self._upload_id, part.position))
        self._open = (part, reader)
        return self._open


def delete_blobs(names: Iterable[str]) -> None:
    """Delete blobs that no row names any more. What a storage that is away keeps, is collected later."""
    with suppress(StorageUnavailable):
        for name in names:
            file_storage().delete(name)
