"""Photos: decoded to know that they can be and to make a small one, never to write them anew."""

from typing import BinaryIO

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from sharing.files.content import jpeg, png
from sharing.files.content.decoding import MOST_PIXELS, STILL_SIDE
from sharing.files.content.errors import FileTooLarge
from sharing.files.content.media_type import JPEG


def check(reader: BinaryIO, *, media_type: str) -> None:
    """Decode the picture whole; what Pillow raises says that it is damaged."""
    _opened(reader, media_type).load()


def clean(reader: BinaryIO, writer: BinaryIO, *, media_type: str) -> str:
    """Write the picture without metadata."""
    if media_type == JPEG:
        jpeg.clean(reader, writer)
    else:
        png.clean(reader, writer)
    return media_type


def still(reader: BinaryIO, *, media_type: str) -> Image.Image:
    """Return the picture turned as it must be shown, decoded no finer than a still asks."""
    picture = _opened(reader, media_type)
    # JPEG can be decoded at an eighth of its size, which spares most of the work.
    picture.draft(None, (STILL_SIDE, STILL_SIDE))
    # Small before it is changed: each step is a copy.
    picture.thumbnail((STILL_SIDE, STILL_SIDE))
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return ImageOps.exif_transpose(picture).convert(mode)


def _opened(reader: BinaryIO, media_type: str) -> Image.Image:
    """Return the picture, not yet decoded, by the one decoder that is meant: `Image.open` would try them all.

    Raises `FileTooLarge` for a picture that would fill the memory.
    """
    picture = JpegImageFile(reader) if media_type == JPEG else PngImageFile(reader)
    if picture.width * picture.height > MOST_PIXELS:
        raise FileTooLarge
    return picture
