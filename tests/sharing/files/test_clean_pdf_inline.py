"""Photos that stand inside the drawing instructions of a document lose their metadata too (ISO 32000-2, 8.9.7)."""

import base64
import zlib
from io import BytesIO

import pikepdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from sharing.files.content.errors import FileDamaged, FileRefused
from tests.sharing.files.media import HEIGHT, MAKE, WIDTH, document, found, photo
from tests.sharing.files.test_clean_pdf import cleaned, everything_in, pages_of

PHOTO = photo(quality=95)


def drawn(content: bytes = PHOTO, *, filters: str = "/DCT", operator: str = "BI") -> bytes:
    """The instructions that draw a picture without a stream of its own, and a page beside it."""
    told = f"q 100 0 0 80 90 10 cm {operator} /W {WIDTH} /H {HEIGHT} /CS /RGB /BPC 8 /F {filters} ID ".encode()
    return b"0.2 0.4 0.9 rg 20 20 60 60 re f\n" + told + content + b"\nEI Q\n(A word) Tj 1 0 0 RG 5 5 10 10 re S"


def on_a_page(pdf: Pdf, instructions: bytes) -> None:
    pdf.pages[0].obj.Contents = Stream(pdf, instructions)


def in_parts(pdf: Pdf, instructions: bytes) -> None:
    """The page is cut between what is told of the photo and the photo, as it may be between any two words."""
    told, operator, photo_and_after = instructions.partition(b" ID ")
    parts = [Stream(pdf, told), Stream(pdf, operator + photo_and_after)]
    pdf.pages[0].obj.Contents = Array([pdf.make_indirect(part) for part in parts])


def in_a_form(pdf: Pdf, instructions: bytes) -> None:
    form = Stream(pdf, instructions, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 200, 100])
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Shown=pdf.make_indirect(form)))
    pdf.pages[0].obj.Contents = Stream(pdf, b"/Shown Do")


def in_a_pattern(pdf: Pdf, instructions: bytes) -> None:
    pattern = Stream(
        pdf,
        instructions,
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=[0, 0, 200, 100],
        XStep=200,
        YStep=100,
        Resources=Dictionary(),
    )
    pdf.pages[0].obj.Resources = Dictionary(Pattern=Dictionary(Shown=pdf.make_indirect(pattern)))
    pdf.pages[0].obj.Contents = Stream(pdf, b"/Pattern cs /Shown scn 0 0 200 100 re f")


def made(place: object, instructions: bytes) -> bytes:
    written = BytesIO()
    with pikepdf.open(BytesIO(document())) as pdf:
        place(pdf, instructions)  # type: ignore[operator]
        pdf.save(written, compress_streams=False)
    return written.getvalue()


@pytest.mark.parametrize("place", [on_a_page, in_parts, in_a_form, in_a_pattern])
@pytest.mark.parametrize(
    ("filters", "content"),
    [
        ("/DCT", PHOTO),
        ("/DCTDecode", PHOTO),
        ("[/A85 /DCT]", base64.a85encode(PHOTO) + b"~>"),
        ("[/AHx /DCTDecode]", PHOTO.hex().encode() + b">"),
        ("[/Fl /DCT]", zlib.compress(PHOTO)),
    ],
)
def test_a_photo_inside_loses_its_metadata_and_the_page_looks_the_same(
    place: object, filters: str, content: bytes
) -> None:
    before = made(place, drawn(content, filters=filters))
    after = cleaned(before)
    assert found(everything_in(after)) == []
    assert b"Exif" not in everything_in(after)
    assert pages_of(after) == pages_of(before)
    # It is there at all.
    assert pages_of(before) != pages_of(made(place, b""))


def test_the_same_document_gives_the_same_bytes() -> None:
    before = made(on_a_page, drawn())
    assert cleaned(before) == cleaned(before)
    assert pages_of(cleaned(cleaned(before))) == pages_of(before)


@pytest.mark.parametrize(
    "instructions",
    [
        drawn(bytes(range(256)) * (WIDTH * HEIGHT * 3 // 256), filters="[]"),
        drawn(zlib.compress(bytes(WIDTH * HEIGHT * 3)), filters="/Fl"),
        b"BT (my ID card) Tj ET",
    ],
)
def test_instructions_without_a_photo_stay_to_the_byte(instructions: bytes) -> None:
    with pikepdf.open(BytesIO(cleaned(made(on_a_page, instructions)))) as pdf:
        contents = pdf.pages[0].obj.Contents
        assert isinstance(contents, Stream)
        assert contents.read_bytes() == instructions


@pytest.mark.parametrize("place", [on_a_page, in_a_form])
@pytest.mark.parametrize(
    "instructions",
    [
        drawn(filters="/DXT"),
        drawn(filters="[]"),
        drawn(zlib.compress(PHOTO), filters="[/Fl /DXT]"),
        drawn(operator="BX"),
        drawn(b"\xff\xd8\xff damaged"),
    ],
)
def test_a_photo_inside_that_does_not_say_what_it_is_is_refused(place: object, instructions: bytes) -> None:
    with pytest.raises(FileDamaged):
        cleaned(made(place, instructions))


WHOLE = made(in_a_form, drawn())


@settings(max_examples=60)
@example([(WHOLE.index(b"/DCT") + 1, 0)])
@example([(WHOLE.index(b" ID ") + 1, 0)])
@example([(WHOLE.index(b"BI /W"), 0)])
@example([(WHOLE.index(b"/Form") + 1, 0)])
@example([(WHOLE.rindex(b"/Root") + 1, 0)])
@example([(WHOLE.rindex(b"/Info") + 1, 0)])
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=30))
def test_a_damaged_document_is_cleaned_or_refused_and_nothing_else(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, byte in changes:
        content[place] = byte
    try:
        result = cleaned(bytes(content))
    except FileRefused:
        return
    with pikepdf.open(BytesIO(result)) as pdf:
        assert not [part for part in pdf.objects if isinstance(part, Stream) and MAKE in part.read_bytes()]
