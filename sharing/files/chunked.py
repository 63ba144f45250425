"""Sealing large files: C2SP chunked encryption with AES-256-GCM and HKDF-SHA-512 (Cobblestone-256), any range readable.

https://c2sp.org/chunked-encryption. `cryptography.cobblestone` is the same format but only from the first byte to the
last; readers of video want the middle, and writers of MP4 go back to the start, so the chunks are sealed here one by
one. A message is a salt (24 bytes), a commitment (32), and chunks of 16 KiB and their tags (16). The last chunk is
always shorter than 16 KiB, and may be empty: that is how an end is told from a cut.
"""

import hmac
import io
import os
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from consent.errors import DoesNotOpen

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

CHUNK = 16 * 1024
TAG = 16
SEALED_CHUNK = CHUNK + TAG
KEY_BYTES = 32
_SALT_BYTES = 24
_COMMITMENT_BYTES = 32
_NONCE_BYTES = 12
HEADER = _SALT_BYTES + _COMMITMENT_BYTES
_INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
_MOST_CHUNKS = 2**38
# So many chunks go to the storage at once: a call for each 16 KiB costs more than sealing them.
_CHUNKS_AT_ONCE = 64
_LEAST_AHEAD = 4


class Sink(Protocol):
    """Where sealed bytes go."""

    def write(self, data: "ReadableBuffer", /) -> object:
        """Append all of `data`, which may change when this has returned."""

    def overwrite(self, position: int, data: "ReadableBuffer", /) -> object:
        """Put `data` in place of bytes that were written within the first HEADER + SEALED_CHUNK."""


class Source(Protocol):
    """Where sealed bytes come from."""

    @property
    def size(self) -> int: ...

    def read_at(self, position: int, length: int, /) -> bytes:
        """Return `length` bytes from `position`; fewer only where the source ends."""

    def close(self) -> None: ...


class _Message:
    """The keys of one message."""

    def __init__(self, key: bytes, salt: bytes, context: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise DoesNotOpen
        derived = HKDFExpand(
            hashes.SHA512(), KEY_BYTES + _NONCE_BYTES + _COMMITMENT_BYTES, _INFO + salt + context
        ).derive(key)
        self.cipher = AESGCM(derived[:KEY_BYTES])
        self._base_nonce = int.from_bytes(derived[KEY_BYTES : KEY_BYTES + _NONCE_BYTES])
        self.commitment = derived[KEY_BYTES + _NONCE_BYTES :]

    def nonce(self, chunk: int) -> bytes:
        if chunk >= _MOST_CHUNKS:
            raise ValueError("A message has at most 2^38 chunks.")
        return (self._base_nonce ^ chunk).to_bytes(_NONCE_BYTES)


class SealedWriter(io.RawIOBase):
    """A file to write to, which seals what is written and gives it to `sink`.

    One may go back into the first 16 KiB and write there again, because they stay in memory until `close`; anywhere
    else raises io.UnsupportedOperation. `close` seals the rest. It does not close the sink, and one that is let go
    without it leaves a message that does not open. `size` counts the bytes before sealing.
    """

    def __init__(self, sink: Sink, *, key: bytes, context: bytes) -> None:
        salt = os.urandom(_SALT_BYTES)
        self._message = _Message(key, salt, context)
        self._sink = sink
        self._first = bytearray()
        # What follows the first chunk and is not sealed yet, always less than `_CHUNKS_AT_ONCE` chunks.
        self._rest = bytearray()
        # Where chunks are sealed before they go to the sink, over and over.
        self._sealed = bytearray(_CHUNKS_AT_ONCE * SEALED_CHUNK)
        self._sealed_chunks = 0
        self._position = 0
        self.size = 0
        sink.write(salt + self._message.commitment)

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        target = base + offset
        if target != self.size and not 0 <= target <= min(len(self._first), CHUNK):
            raise io.UnsupportedOperation("only the first 16 KiB can be written again")
        self._position = target
        return target

    def write(self, data: "ReadableBuffer", /) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        view = memoryview(data).cast("B")
        written = len(view)
        if self._position < CHUNK:
            room = CHUNK - self._position
            self._first[self._position : self._position + min(room, written)] = view[:room]
            self._position += min(room, written)
            self.size = max(self.size, self._position)
            view = view[room:]
        if len(view):
            if self._position != self.size:
                raise io.UnsupportedOperation("only the first 16 KiB can be written again")
            self._append(view)
        return written

    def close(self) -> None:
        if self.closed:
            return
        try:
            self._finish()
        finally:
            super().close()

    def abandon(self) -> None:
        """Close without sealing the rest: nobody will open this message."""
        super().close()

    def __del__(self) -> None:
        # Python's own closes, and would seal what somebody gave up on.
        self.abandon()

    def _append(self, view: memoryview) -> None:
        self._position += len(view)
        self.size += len(view)
        if not self._sealed_chunks:
            # The place of the first chunk, which is sealed last.
            self._sink.write(bytes(SEALED_CHUNK))
            self._sealed_chunks = 1
        missing = -len(self._rest) % CHUNK
        self._rest += view[:missing]
        view = view[missing:]
        whole = len(view) // CHUNK * CHUNK
        if len(self._rest) + whole >= _CHUNKS_AT_ONCE * CHUNK:
            # What comes in large pieces is sealed from where it stands.
            for plain in (memoryview(self._rest), view[:whole]):
                for start in range(0, len(plain), _CHUNKS_AT_ONCE * CHUNK):
                    self._seal(plain[start : start + _CHUNKS_AT_ONCE * CHUNK])
            self._rest = bytearray()
            view = view[whole:]
        self._rest += view

    def _seal(self, plain: memoryview) -> None:
        """Seal `plain` as the next chunks; all are full, but the last one may be short."""
        count = -(-len(plain) // CHUNK)
        sealed = memoryview(self._sealed)[: len(plain) + count * TAG]
        for index in range(count):
            piece = plain[index * CHUNK : (index + 1) * CHUNK]
            start = index * SEALED_CHUNK
            self._message.cipher.encrypt_into(
                self._message.nonce(self._sealed_chunks + index), piece, None, sealed[start : start + len(piece) + TAG]
            )
        self._sink.write(sealed)
        self._sealed_chunks += count

    def _finish(self) -> None:
        first = self._message.cipher.encrypt(self._message.nonce(0), bytes(self._first), None)
        if not self._sealed_chunks:
            self._sink.write(first)
            self._sealed_chunks = 1
            if len(self._first) < CHUNK:
                return
        else:
            self._sink.overwrite(HEADER, first)
        if self._rest:
            self._seal(memoryview(self._rest))
        if self.size % CHUNK == 0:
            self._sink.write(self._message.cipher.encrypt(self._message.nonce(self._sealed_chunks), b"", None))


class SealedReader(io.RawIOBase):
    """A file to read from, which opens what it needs of the sealed bytes in `source` and nothing more.

    Raises DoesNotOpen at once for another key, another context or a length that was changed, and when a chunk is
    read that is not the one which was sealed there. Closing it closes the source. `size` is in bytes before sealing.
    """

    def __init__(self, source: Source, *, key: bytes, context: bytes) -> None:
        self._source = source
        whole, last = divmod(source.size - HEADER, SEALED_CHUNK)
        if source.size < HEADER or last < TAG:
            raise DoesNotOpen
        self.size = whole * CHUNK + last - TAG
        header = source.read_at(0, HEADER)
        self._message = _Message(key, header[:_SALT_BYTES], context)
        if not hmac.compare_digest(header[_SALT_BYTES:], self._message.commitment):
            raise DoesNotOpen
        # Where chunks are opened before they go to who reads, over and over.
        self._opened = bytearray()
        # Who trusts the size trusts the end: a cut message has a last chunk that was not sealed as the last one.
        self._open(whole, whole + 1)
        self._position = 0
        self._ahead = b""
        self._ahead_from = 0
        self._ahead_chunks = _LEAST_AHEAD

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        """Return the next `size` bytes, all of them unless the file ends."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        stop = self.size if size < 0 else min(self._position + size, self.size)
        if stop <= self._position:
            return b""
        ahead_to = self._ahead_from + len(self._ahead)
        if not self._ahead_from <= self._position < ahead_to or stop > ahead_to:
            data = self._read_ahead(stop, goes_on=self._ahead_from <= self._position <= ahead_to)
        else:
            data = self._ahead[self._position - self._ahead_from : stop - self._ahead_from]
        self._position = stop
        return data

    def readall(self) -> bytes:
        return self.read()

    def read_range(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to before `stop`, wherever one was reading; beyond the end there are none."""
        start, stop = max(start, 0), min(stop, self.size)
        if start >= stop:
            return b""
        first = start // CHUNK
        skipped = start - first * CHUNK
        return bytes(self._open(first, (stop - 1) // CHUNK + 1)[skipped : skipped + stop - start])

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _read_ahead(self, stop: int, *, goes_on: bool) -> bytes:
        """Return the bytes up to `stop`, and open more of what follows the longer one reads on in order.

        A storage far away answers in milliseconds however little is asked.
        """
        self._ahead_chunks = min(self._ahead_chunks * 2, _CHUNKS_AT_ONCE) if goes_on else _LEAST_AHEAD
        least = self._ahead_chunks * CHUNK
        if stop - self._position >= least:
            data = self.read_range(self._position, stop)
            self._ahead, self._ahead_from = b"", stop
            return data
        start = self._position // CHUNK * CHUNK
        self._ahead, self._ahead_from = self.read_range(start, start + least + CHUNK), start
        return self._ahead[self._position - start : stop - start]

    def _open(self, first: int, after: int) -> memoryview:
        """Return what the chunks from `first` to before `after` hold, until the next call."""
        position = HEADER + first * SEALED_CHUNK
        length = min((after - first) * SEALED_CHUNK, self._source.size - position)
        sealed = memoryview(self._source.read_at(position, length))
        if len(sealed) != length:
            raise DoesNotOpen
        count = after - first
        if len(self._opened) < length - count * TAG:
            self._opened = bytearray(length - count * TAG)
        view = memoryview(self._opened)[: length - count * TAG]
        try:
            for index in range(count):
                piece = sealed[index * SEALED_CHUNK : (index + 1) * SEALED_CHUNK]
                self._message.cipher.decrypt_into(
                    self._message.nonce(first + index),
                    piece,
                    None,
                    view[index * CHUNK : index * CHUNK + len(piece) - TAG],
                )
        except InvalidTag:
            raise DoesNotOpen from None
        return view
