"""What a file is, is told by its content; what is something else, or something else too, stays out."""

import io
import struct
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.files.content.errors import FileDamaged, TypeNotAllowed
from sharing.files.content.media_type import ACCEPTED, detect
from tests.sharing.files.media import box, document, film, photo, picture


def saved(form: str) -> bytes:
    written = BytesIO()
    picture().save(written, form)
    return written.getvalue()


def zipped(before: bytes = b"", comment: bytes = b"") -> bytes:
    written = BytesIO(before)
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("run.class", "code")
        archive.comment = comment
    return written.getvalue()


def branded(brand: bytes) -> bytes:
    return box(b"ftyp", brand + struct.pack(">I", 0) + b"isom") + box(b"mdat", bytes(100))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (film("mp4"), "video/mp4"),
        (branded(b"M4V "), "video/mp4"),
        (branded(b"mp42"), "video/mp4"),
        (film("mov"), "video/quicktime"),
        (film("webm", "libvpx", None), "video/webm"),
        (photo(), "image/jpeg"),
        (photo("PNG"), "image/png"),
        (document(), "application/pdf"),
    ],
)
def test_each_accepted_type_is_told_by_its_content(content: bytes, media_type: str) -> None:
    reader = BytesIO(content)
    assert detect(reader) == media_type
    assert media_type in ACCEPTED
    assert reader.tell() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\x00\x03" + bytes(500),
        b"\x7fELF" + bytes(500),
        b"#!/bin/sh\nrm -rf /\n",
        b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
        zipped(),
        saved("GIF"),
        saved("BMP"),
        saved("TIFF"),
        saved("WEBP"),
        b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(500),
        b"ID3\x04" + bytes(500),
        b"plain text",
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b" %PDF-1.7",
        branded(b"heic"),
        branded(b"avif"),
        branded(b"M4A "),
        branded(b"3gp4"),
        film("webm", "libvpx", None).replace(b"webm", b"matr", 1),
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff",
    ],
)
def test_anything_else_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(TypeNotAllowed):
        detect(BytesIO(content))


@pytest.mark.parametrize(
    "content",
    [
        zipped(photo()),
        zipped(photo(), comment=b"a" * 60_000),
        zipped(document()),
        zipped(film()),
        photo()[:2] + b"\xff\xfe\x00\x20%PDF-1.4 1 0 obj" + bytes(16) + photo()[2:],
        photo()[:2] + b"\xff\xfe\x00\x1b<script>alert(1)</script>" + photo()[2:],
        photo("PNG")[:33] + struct.pack(">I", 30) + b"tEXt" + b"<HTML><SCRIPT>a()</SCRIPT>    " + photo("PNG")[33:],
        b"%PDF-1.7\n<svg onload='alert(1)'/>" + document(),
    ],
)
def test_what_is_two_things_at_once_is_refused(content: bytes) -> None:
    with pytest.raises(TypeNotAllowed):
        detect(BytesIO(content))


def test_four_bytes_of_a_zip_by_chance_are_no_zip() -> None:
    assert detect(BytesIO(photo() + b"PK\x05\x06" + bytes(5000))) == "image/jpeg"


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(FileDamaged):
        detect(BytesIO())


def test_a_reader_that_gives_a_byte_at_a_time_is_read_well() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1))

    assert detect(Slow(photo())) == "image/jpeg"


def test_only_the_ends_of_a_large_file_are_read() -> None:
    class Counting(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            block = super().read(size)
            self.given += len(block)
            return block

    reader = Counting(film("mp4") + bytes(3_000_000))
    assert detect(reader) == "video/mp4"
    assert reader.given < 100_000


@given(st.sampled_from([b"", b"\x1a\x45\xdf\xa3", b"\xff\xd8\xff", b"\x00\x00\x00\x20ftyp"]), st.binary(max_size=200))
def test_any_bytes_have_an_accepted_type_or_are_refused(start: bytes, content: bytes) -> None:
    with suppress(TypeNotAllowed, FileDamaged):
        assert detect(BytesIO(start + content)) in ACCEPTED
