"""A still picture: small, turned as it must be shown, and with nothing but pixels."""

from io import BytesIO

import av
import pytest
from PIL import Image

from sharing.files.content.cleaning import still
from sharing.files.content.errors import FileDamaged, FileLocked, TypeNotAllowed
from sharing.files.content.media_type import detect
from tests.sharing.files.media import document, film, found, photo, picture


def made(content: bytes) -> Image.Image:
    result = still(BytesIO(content), media_type=detect(BytesIO(content)))
    assert found(result) == []
    shown = Image.open(BytesIO(result))
    assert (shown.format, shown.mode) == ("JPEG", "RGB")
    assert max(shown.size) <= 640
    assert not shown.getexif()
    return shown


def large(form: str) -> bytes:
    written = BytesIO()
    picture(size=(3000, 1000)).save(written, form)
    return written.getvalue()


def differs_from(shown: Image.Image, expected: Image.Image) -> float:
    """Return by how much two pictures differ, a pixel and colour, of 255."""
    assert shown.size == expected.size
    pairs = zip(shown.tobytes(), expected.convert("RGB").tobytes(), strict=True)
    return sum(abs(one - other) for one, other in pairs) / (shown.width * shown.height * 3)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_large_photo_becomes_small_and_keeps_its_shape(form: str) -> None:
    shown = made(large(form))
    assert shown.size in {(640, 213), (640, 214)}


@pytest.mark.parametrize("content", [photo(), film(), film("webm", "libvpx", None), film("mov", "libx265", None)])
def test_it_shows_what_is_in_the_file(content: bytes) -> None:
    assert differs_from(made(content), picture()) < 12


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_photo_is_turned_as_it_must_be_shown(form: str) -> None:
    assert differs_from(made(photo(form, 6)), picture().rotate(-90, expand=True)) < 12


def test_a_film_is_turned_as_it_must_be_shown() -> None:
    # 90 degrees against the clock, as FFmpeg and its display matrix count.
    assert differs_from(made(film("mov", "libx264", None, turned=90)), picture().rotate(90, expand=True)) < 12


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "I;16"])
def test_every_kind_of_picture_has_one(mode: str) -> None:
    written = BytesIO()
    drawn = Image.new("I;16", (20, 20), 40_000) if mode == "I;16" else picture().convert(mode)
    drawn.save(written, "PNG")
    assert made(written.getvalue()).size == drawn.size


def test_a_photo_for_print_has_one() -> None:
    written = BytesIO()
    picture().convert("CMYK").save(written, "JPEG")
    assert differs_from(made(written.getvalue()), picture()) < 12


def test_what_is_transparent_is_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(written, "PNG")
    assert made(written.getvalue()).getpixel((10, 10)) == (255, 255, 255)


def test_a_document_shows_its_first_page() -> None:
    shown = made(document())
    assert shown.size == (640, 320)
    # White paper, with a blue square at the left.
    assert shown.getpixel((5, 5)) == (255, 255, 255)
    red, _, blue = shown.getpixel((160, 160))  # type: ignore[misc]
    assert blue > 200 > 100 > red


def test_a_film_that_begins_in_the_middle_shows_its_first_whole_frame() -> None:
    content = bytearray(film("webm", "libvpx", None))
    # The first frame is spoilt, the others stand on it, and the container is whole.
    first = content.index(b"\x9d\x01\x2a")
    content[first : first + 3] = b"\x00\x00\x00"
    with pytest.raises(FileDamaged):
        made(bytes(content))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (document(password="geheim"), FileLocked),
        (photo()[:400], FileDamaged),
        (film()[:60], FileDamaged),
    ],
)
def test_what_cannot_be_shown_is_refused(content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        still(BytesIO(content), media_type=detect(BytesIO(content)))


def test_sound_alone_has_no_picture() -> None:
    written = BytesIO()
    with av.open(written, "w", format="mp4") as container, av.open(BytesIO(film()), "r") as source:
        sound = source.streams.audio[0]
        copy = container.add_stream_from_template(sound)
        for packet in source.demux(sound):
            if packet.size:
                packet.stream = copy
                container.mux(packet)
    with pytest.raises(TypeNotAllowed):
        still(BytesIO(written.getvalue()), media_type="video/mp4")
