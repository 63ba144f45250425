"""Photos come out without place and camera, and with every pixel as it was."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from sharing.files.content import jpeg, png
from sharing.files.content.cleaning import clean
from sharing.files.content.errors import FileDamaged, FileRefused, FileTooLarge
from sharing.files.content.media_type import detect
from tests.sharing.files.media import MAKE, PLACE, SERIAL, TRACK, exif, found, photo, picture, segment
from tests.sharing.files.sealed_writer import OnlyItsStartChanges

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cleaned(content: bytes) -> bytes:
    writer = OnlyItsStartChanges()
    clean(BytesIO(content), writer, media_type=detect(BytesIO(content)), keeps_metadata=False)
    return writer.content


def pixels(content: bytes) -> tuple[str, bytes]:
    with Image.open(BytesIO(content)) as opened:
        return opened.mode, opened.tobytes()


@pytest.mark.parametrize(
    "content",
    [
        photo(),
        photo(progressive=True),
        photo(subsampling=0, quality=95),
        photo(restart_marker_rows=1),
        photo(icc_profile=PROFILE, comment=TRACK),
        photo("PNG"),
        photo("PNG", icc_profile=PROFILE),
    ],
)
def test_every_pixel_stays_and_what_was_planted_goes(content: bytes) -> None:
    assert {MAKE, SERIAL} <= set(found(content))
    result = cleaned(content)
    assert found(result) == []
    assert pixels(result) == pixels(content)
    assert Image.open(BytesIO(result)).info.get("icc_profile") == Image.open(BytesIO(content)).info.get("icc_profile")


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_the_colours_of_every_kind_of_jpeg_stay(mode: str) -> None:
    written = BytesIO()
    picture().convert(mode).save(written, "JPEG", exif=exif())
    result = cleaned(written.getvalue())
    assert found(result) == []
    assert pixels(result) == pixels(written.getvalue())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_the_colours_of_every_kind_of_png_stay(mode: str) -> None:
    written = BytesIO()
    drawn = Image.new("I;16", (20, 20), 40_000) if mode == "I;16" else picture().convert(mode)
    drawn.save(written, "PNG", exif=exif(), **({"transparency": 3} if mode == "P" else {}))
    result = cleaned(written.getvalue())
    assert found(result) == []
    assert pixels(result) == pixels(written.getvalue())
    assert Image.open(BytesIO(result)).info.get("transparency") == (3 if mode == "P" else None)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_which_way_up_it_is_stays_and_nothing_else_of_exif(form: str, orientation: int) -> None:
    content = photo(form, orientation)
    with Image.open(BytesIO(cleaned(content))) as opened:
        assert dict(opened.getexif()) == ({} if orientation == 1 else {0x0112: orientation})
        assert not opened.getexif().get_ifd(0x8825)
        assert ImageOps.exif_transpose(opened).tobytes() == (
            ImageOps.exif_transpose(Image.open(BytesIO(content))).tobytes()
        )


@pytest.mark.parametrize(
    "planted",
    [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SERIAL),
        segment(0xE2, b"MPF\0" + SERIAL),
        segment(0xED, b"Photoshop 3.0\0" + SERIAL),
        segment(0xE7, SERIAL),
        segment(0xE0, b"JFXX\0" + SERIAL),
        segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x04\x01" + SERIAL),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SERIAL),
        segment(0xFE, SERIAL),
        segment(0xE1, b"Exif\0\0" + SERIAL),
        segment(0xE1, exif(6)) + segment(0xE1, exif(3)),
    ],
)
def test_every_place_where_jpeg_holds_more_than_a_picture_is_emptied(planted: bytes) -> None:
    plain = photo()
    content = plain[:2] + planted + plain[2:]
    result = cleaned(content)
    assert found(content)
    assert found(result) == []
    assert pixels(result) == pixels(plain)


@pytest.mark.parametrize("trailing", [PLACE, photo(), b"\xff" * 100 + SERIAL])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_stands_behind_the_picture_goes(form: str, trailing: bytes) -> None:
    assert found(cleaned(photo(form) + trailing)) == []


@pytest.mark.parametrize(
    "planted",
    [
        (b"tEXt", b"Comment\0" + SERIAL),
        (b"zTXt", b"Comment\0\0" + zlib.compress(SERIAL)),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SERIAL),
        (b"tIME", struct.pack(">H5B", 2024, 5, 5, 12, 0, 0)),
        (b"caNx", SERIAL),
        (b"dSIG", SERIAL),
    ],
)
def test_every_chunk_that_is_not_of_the_picture_goes(planted: tuple[bytes, bytes]) -> None:
    plain = photo("PNG")
    content = plain[:33] + chunk(*planted) + plain[33:]
    result = cleaned(content)
    assert planted[0] not in result
    assert planted[1] not in result
    assert pixels(result) == pixels(content)


def test_a_moving_png_keeps_its_frames() -> None:
    written = BytesIO()
    picture().save(written, "PNG", save_all=True, append_images=[picture(5), picture(9)], exif=exif())
    with Image.open(BytesIO(cleaned(written.getvalue()))) as opened, Image.open(written) as planted:
        assert getattr(opened, "n_frames", 1) == 3
        for number in range(3):
            opened.seek(number)
            planted.seek(number)
            assert opened.tobytes() == planted.tobytes()


def test_metadata_that_the_citizen_keeps_is_copied_byte_for_byte() -> None:
    for form in ("JPEG", "PNG"):
        writer = OnlyItsStartChanges()
        content = photo(form)
        clean(BytesIO(content), writer, media_type=detect(BytesIO(content)), keeps_metadata=True)
        assert writer.content == content


@pytest.mark.parametrize("keeps_metadata", [True, False])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_half_a_picture_is_refused_and_nothing_is_written(form: str, keeps_metadata: bool) -> None:
    content = photo(form)
    writer = OnlyItsStartChanges()
    with pytest.raises(FileDamaged):
        clean(
            BytesIO(content[: len(content) * 2 // 3]),
            writer,
            media_type=detect(BytesIO(content)),
            keeps_metadata=keeps_metadata,
        )
    assert writer.content == b""


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    # A PNG of some bytes that says it is 60,000 by 60,000.
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    content = png.SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    writer = OnlyItsStartChanges()
    with pytest.raises(FileTooLarge):
        clean(BytesIO(content), writer, media_type="image/png", keeps_metadata=True)
    assert writer.content == b""


def test_a_picture_of_more_bytes_than_are_opened_whole_is_refused() -> None:
    class Long(BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return 200 * 1024**2 if whence == 2 else super().seek(offset, whence)

    with pytest.raises(FileTooLarge):
        clean(Long(photo()), OnlyItsStartChanges(), media_type="image/jpeg", keeps_metadata=True)


def test_thousands_of_scans_are_a_trap() -> None:
    content = photo(progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(FileDamaged):
        jpeg.clean(BytesIO(content[:-2] + scan * 300 + content[-2:]), BytesIO())


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe1\x00\x00",
        b"\xff\xd8\xff\xe1\x00\x01",
        b"\xff\xd8\xff\x00\x00\x04ab",
        b"\xff\xd8\xff\xd0",
        b"\xff\xd8" + b"\xff" * 200_000,
        b"\xff\xd8abc",
        segment(0xE0, b""),
    ],
)
def test_what_is_no_row_of_segments_is_refused(content: bytes) -> None:
    with pytest.raises(FileDamaged):
        jpeg.clean(BytesIO(content), BytesIO())


def test_a_critical_chunk_that_nobody_knows_is_refused() -> None:
    plain = photo("PNG")
    with pytest.raises(FileDamaged):
        png.clean(BytesIO(plain[:33] + chunk(b"CaNX", SERIAL) + plain[33:]), BytesIO())


mutations = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30)


@settings(max_examples=60)
@given(mutations, st.floats(0.1, 1), st.sampled_from(["JPEG", "PNG"]))
def test_a_damaged_picture_is_cleaned_or_refused_and_nothing_else(
    changes: list[tuple[float, int]], kept: float, form: str
) -> None:
    content = bytearray(photo(form, 6, **({"progressive": True} if form == "JPEG" else {})))
    for place, byte in changes:
        content[int(place * len(content))] = byte
    del content[int(kept * len(content)) :]
    for module in (jpeg, png):
        with suppress(FileDamaged):
            module.clean(BytesIO(content), BytesIO())
    with suppress(FileRefused):
        clean(BytesIO(content), BytesIO(), media_type=f"image/{form.lower()}", keeps_metadata=False)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_cleaned(content: bytes) -> None:
    for start, module in ((b"\xff\xd8", jpeg), (png.SIGNATURE, png)):
        with suppress(FileDamaged):
            module.clean(BytesIO(start + content), BytesIO())


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
