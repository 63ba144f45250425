"""Documents come out without writer, program and date, and without what they would do by themselves."""

import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from sharing.files.content import jpeg2000
from sharing.files.content.cleaning import clean
from sharing.files.content.errors import FileDamaged, FileLocked, FileRefused
from tests.sharing.files.media import MAKE, PLACE, SERIAL, TRACK, box, document, exif, found, photo, picture
from tests.sharing.files.sealed_writer import OnlyItsStartChanges


def cleaned(content: bytes, *, keeps_metadata: bool = False) -> bytes:
    writer = OnlyItsStartChanges()
    clean(BytesIO(content), writer, media_type="application/pdf", keeps_metadata=keeps_metadata)
    return writer.content


def everything_in(content: bytes) -> bytes:
    """All objects and streams, unpacked."""
    with pikepdf.open(BytesIO(content)) as pdf:
        parts = [
            repr(part).encode()
            + (part.read_bytes() if isinstance(part, pikepdf.Stream) and not photo_in(part) else b"")
            for part in pdf.objects
        ]
        return b"\n".join([*parts, repr(pdf.trailer).encode()])


def photo_in(part: pikepdf.Stream) -> bool:
    return part.get(Name.Filter) == Name.DCTDecode


def pages_of(content: bytes) -> list[bytes]:
    """What each page looks like."""
    opened = pypdfium2.PdfDocument(content)
    try:
        return [page.render(scale=2).to_pil().tobytes() for page in opened]
    finally:
        opened.close()


def test_every_page_looks_the_same_and_what_was_planted_goes() -> None:
    content = document(image=photo())
    assert {MAKE, SERIAL, TRACK} <= set(found(content))
    result = cleaned(content)
    assert found(result) == []
    assert found(everything_in(result)) == []
    assert pages_of(result) == pages_of(content)
    with pikepdf.open(BytesIO(result)) as pdf:
        assert not dict(pdf.docinfo)
        assert "/Metadata" not in pdf.Root


def test_a_photo_on_a_page_loses_its_exif_and_no_pixel() -> None:
    content = document(image=photo(quality=95))
    with pikepdf.open(BytesIO(cleaned(content))) as pdf:
        shown = pdf.pages[0].Resources.XObject.Photo
        assert isinstance(shown, pikepdf.Stream)
        assert found(shown.read_raw_bytes()) == []
        assert pikepdf.PdfImage(shown).as_pil_image().size == (160, 120)
    assert pages_of(cleaned(content)) == pages_of(content)


def test_a_photo_without_its_end_marker_as_some_scanners_write_it_is_taken() -> None:
    whole = photo(quality=95)
    assert pages_of(cleaned(document(image=whole[:-2]))) == pages_of(document(image=whole))


def test_a_photo_that_is_packed_once_more_loses_its_exif_too() -> None:
    written = BytesIO()
    with pikepdf.open(BytesIO(document(image=photo(quality=95)))) as pdf:
        shown = pdf.pages[0].Resources.XObject.Photo
        assert isinstance(shown, pikepdf.Stream)
        packed = zlib.compress(shown.read_raw_bytes())
        shown.write(packed, filter=Array([Name.FlateDecode, Name.DCTDecode]))
        pdf.save(written)
    result = cleaned(written.getvalue())
    with pikepdf.open(BytesIO(result)) as pdf:
        shown = pdf.pages[0].Resources.XObject.Photo
        assert isinstance(shown, pikepdf.Stream)
        assert shown.read_raw_bytes().startswith(b"\xff\xd8")
        assert found(shown.read_raw_bytes()) == []
    assert pages_of(result) == pages_of(written.getvalue())


def test_a_photo_of_jpeg_2000_loses_its_metadata() -> None:
    plain = BytesIO()
    picture().save(plain, "JPEG2000")
    planted = plain.getvalue() + box(b"xml ", SERIAL) + box(b"uuid", b"JpgTiffExif->JP2" + exif())
    written = BytesIO()
    with pikepdf.open(BytesIO(document(image=photo()))) as pdf:
        shown = pdf.pages[0].Resources.XObject.Photo
        assert isinstance(shown, pikepdf.Stream)
        shown.write(planted, filter=Name.JPXDecode)
        pdf.save(written)
    assert SERIAL in written.getvalue()
    result = cleaned(written.getvalue())
    assert found(result) == []
    assert plain.getvalue() in result
    assert pages_of(result) == pages_of(written.getvalue())


@given(st.binary(max_size=200))
def test_any_bytes_of_jpeg_2000_are_cleaned_or_refused(content: bytes) -> None:
    with suppress(FileDamaged):
        jpeg2000.without_metadata(b"\x00\x00\x00\x0cjP  \r\n\x87\n" + content)


def action(kind: str, **more: Any) -> Dictionary:
    return Dictionary(Type=Name.Action, S=Name(f"/{kind}"), **more)


@pytest.mark.parametrize(
    "parts",
    [
        {"OpenAction": action("JavaScript", JS="app.alert('Canary')")},
        {"OpenAction": action("Launch", F="Canary.exe")},
        {"AA": Dictionary(WC=action("JavaScript", JS="Canary"))},
        {"Names": Dictionary(JavaScript=Dictionary(Names=Array(["Canary", action("JavaScript", JS="Canary")])))},
        {"Outlines": Dictionary(First=Dictionary(Title="A", A=action("Launch", F="Canary.exe")))},
        {"Outlines": Dictionary(First=Dictionary(Title="A", A=action("URI", Next=action("SubmitForm", F="Canary"))))},
        {"AcroForm": Dictionary(XFA="Canary", Fields=Array([]))},
        {"Collection": Dictionary(D="Canary")},
        {"AF": Array([Dictionary(Type=Name.Filespec, F="Canary")])},
    ],
)
def test_what_a_document_would_do_by_itself_goes(parts: dict[str, Any]) -> None:
    content = document(parts)
    result = cleaned(content)
    assert b"Canary" not in everything_in(result)
    assert pages_of(result) == pages_of(content)


def test_files_inside_go() -> None:
    written = BytesIO()
    with pikepdf.open(BytesIO(document())) as pdf:
        pdf.attachments["Canary.exe"] = pikepdf.AttachedFileSpec(pdf, b"MZ" + SERIAL, filename="Canary.exe")
        # One that hangs on a page, and is in no list.
        inside = pdf.make_stream(PLACE, Type=Name.EmbeddedFile)
        file = pdf.make_indirect(Dictionary(Type=Name.Filespec, F="a.exe", EF=Dictionary(F=inside)))
        pin = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=file)
        pdf.pages[0].Annots = pdf.make_indirect(Array([pdf.make_indirect(pin)]))
        pdf.Root.Extra = file
        pdf.save(written)
    assert SERIAL in everything_in(written.getvalue())
    result = cleaned(written.getvalue())
    assert found(everything_in(result)) == []
    with pikepdf.open(BytesIO(result)) as pdf:
        assert not pdf.attachments
        assert not pdf.pages[0].Annots


def test_a_remark_keeps_its_text_and_a_link_its_address_but_not_who_made_it() -> None:
    written = BytesIO()
    with pikepdf.open(BytesIO(document())) as pdf:
        remark = Dictionary(
            Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9], Contents="Kijk hier", T=MAKE.decode(), M="D:20240505"
        )
        link = Dictionary(
            Type=Name.Annot, Subtype=Name.Link, Rect=[9, 9, 20, 20], A=action("URI", URI="https://almere.example")
        )
        pdf.pages[0].Annots = Array([remark, link])
        pdf.save(written)
    with pikepdf.open(BytesIO(cleaned(written.getvalue()))) as pdf:
        kept_remark, kept_link = list(pdf.pages[0].Annots)
        assert str(kept_remark.Contents) == "Kijk hier"
        assert "/T" not in kept_remark
        assert "/M" not in kept_remark
        assert str(kept_link.A.URI) == "https://almere.example"


def test_an_earlier_version_that_an_editor_left_in_goes() -> None:
    content = document()
    # An incremental update (ISO 32000-2 section 7.5.6): the old object stays in the file, unreferred.
    old = b"99 0 obj (" + PLACE + b") endobj\n"
    at = content.rindex(b"xref\n")
    content = content[:at] + old + content[at:].replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + len(old)))
    assert PLACE in content
    assert PLACE not in cleaned(content)


def test_the_same_document_gives_the_same_bytes() -> None:
    """Nothing of this machine, moment or upload is written into it."""
    content = document(image=photo())
    assert cleaned(content) == cleaned(content)


def test_metadata_that_the_citizen_keeps_is_copied_byte_for_byte() -> None:
    content = document({"OpenAction": action("JavaScript", JS="x")})
    assert cleaned(content, keeps_metadata=True) == content


@pytest.mark.parametrize("keeps_metadata", [True, False])
def test_a_document_with_a_password_is_refused(keeps_metadata: bool) -> None:
    with pytest.raises(FileLocked):
        cleaned(document(password="geheim"), keeps_metadata=keeps_metadata)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(9000), document()[:300]])
def test_what_is_no_document_is_refused_and_nothing_is_written(content: bytes) -> None:
    writer = OnlyItsStartChanges()
    with pytest.raises(FileDamaged):
        clean(BytesIO(content), writer, media_type="application/pdf", keeps_metadata=False)
    assert writer.content == b""


@pytest.mark.parametrize("filters", [Name.DCT, Name.DCTDecodf, None, [Name.FlateDecode, Name.DCTDecodf]])
def test_a_photo_that_does_not_say_what_it_is_is_refused(filters: Any) -> None:
    written = BytesIO()
    with pikepdf.open(BytesIO(document(image=photo()))) as pdf:
        shown = pdf.pages[0].Resources.XObject.Photo
        assert isinstance(shown, pikepdf.Stream)
        raw = shown.read_raw_bytes()
        packed = isinstance(filters, list)
        shown.write(zlib.compress(raw) if packed else raw, filter=Array(filters) if packed else filters)
        pdf.save(written, compress_streams=False)
    with pytest.raises(FileDamaged):
        cleaned(written.getvalue())


@settings(max_examples=60)
@example([(0.29296875, 0)])  # In the word Filter.
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30))
def test_a_damaged_document_is_cleaned_or_refused_and_nothing_else(changes: list[tuple[float, int]]) -> None:
    content = bytearray(document(image=photo()))
    for place, byte in changes:
        content[int(place * len(content))] = byte
    try:
        result = cleaned(bytes(content))
    except FileRefused:
        return
    assert MAKE not in result
