"""A file without place, camera and time, and a small picture of it, by the module of its type.

These run the decoders in this process. What comes from a citizen goes through `confinement.py`, which runs them where
a hostile file can do least.
"""

from importlib import import_module
from io import BytesIO
from typing import BinaryIO, Protocol, cast

from PIL import Image

from sharing.files.content.decoding import MOST_BYTES_OPENED_WHOLE, STILL_SIDE, file_at_fault
from sharing.files.content.errors import FileTooLarge
from sharing.files.content.media_type import JPEG, MP4, PDF, PNG, QUICKTIME, VIDEOS, WEBM
from sharing.files.content.reading import read_up_to, size_of

_STILL_QUALITY = 80
_BLOCK = 256 * 1024


class Decoders(Protocol):
    """What the module of a media type does with a file of that type, which stands at its start."""

    def check(self, reader: BinaryIO, *, media_type: str) -> None:
        """Raise unless the file decodes, as far as can be told without showing it all."""

    def clean(self, reader: BinaryIO, writer: BinaryIO, *, media_type: str) -> str:
        """Write the file without metadata, and return the media type of what was written."""

    def still(self, reader: BinaryIO, *, media_type: str) -> Image.Image:
        """Return a picture of the file, turned as it must be shown."""


_DECODERS = {MP4: "video", QUICKTIME: "video", WEBM: "video", JPEG: "picture", PNG: "picture", PDF: "pdf"}


def decoders_of(media_type: str) -> Decoders:
    """Return the decoders of an accepted media type; no others are loaded, so a hostile file reaches no others."""
    return cast(Decoders, import_module(f"sharing.files.content.{_DECODERS[media_type]}"))


def clean(reader: BinaryIO, writer: BinaryIO, *, media_type: str, keeps_metadata: bool) -> str:
    """Write the file, without metadata unless the citizen keeps it, and return the media type of what was written."""
    decoders = decoders_of(media_type)
    with file_at_fault():
        _bound(reader, media_type)
        decoders.check(reader, media_type=media_type)
        reader.seek(0)
        if not keeps_metadata:
            return decoders.clean(reader, writer, media_type=media_type)
        while block := read_up_to(reader, _BLOCK):
            writer.write(block)
    return media_type


def still(reader: BinaryIO, *, media_type: str) -> bytes:
    """Return a JPEG picture of at most 640 pixels on its long side, without metadata."""
    decoders = decoders_of(media_type)
    with file_at_fault():
        _bound(reader, media_type)
        shown = decoders.still(reader, media_type=media_type)
        shown.thumbnail((STILL_SIDE, STILL_SIDE))
        # The pixels alone, on white where they are transparent.
        paper = Image.new("RGB", shown.size, "white")
        paper.paste(shown, mask=shown if shown.mode == "RGBA" else None)
        small = BytesIO()
        paper.save(small, "JPEG", quality=_STILL_QUALITY)
        return small.getvalue()


def _bound(reader: BinaryIO, media_type: str) -> None:
    if size_of(reader) > MOST_BYTES_OPENED_WHOLE and media_type not in VIDEOS:
        raise FileTooLarge
