"""Photos in a PDF without metadata: those that are streams of their own, and those inside drawing instructions.

ISO 32000-2 sections 7.4 (filters), 8.9.5 (pictures as streams) and 8.9.7 (inline pictures). What may be a photo, but
does not say so as it should, is refused: nobody can tell what it would keep.
"""

import re

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from sharing.files.content import jpeg, jpeg2000
from sharing.files.content.errors import FileDamaged

_PHOTOS = {Name.DCTDecode: jpeg.without_metadata, Name.JPXDecode: jpeg2000.without_metadata}
# Section 7.4: the filters there are, but for those of photos. pikepdf writes out the shorter names of 8.9.7.
_OTHER_FILTERS = frozenset(
    {
        "/ASCIIHexDecode",
        "/ASCII85Decode",
        "/LZWDecode",
        "/FlateDecode",
        "/RunLengthDecode",
        "/CCITTFaxDecode",
        "/JBIG2Decode",
        "/Crypt",
    }
)
_STARTS_OF_PHOTOS = (b"\xff\xd8\xff", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51")
_START_OF_JPEG = _STARTS_OF_PHOTOS[0]
# The operator before the bytes of an inline picture.
_INLINE = re.compile(rb"(?<!\w)ID\s")
# Keys of streams that nobody draws from: pictures, fonts, colour profiles, functions, and what holds the file together.
_NO_DRAWING = frozenset({"/Image", "/XRef", "/ObjStm", "/CMap", "/Type1C", "/CIDFontType0C", "/OpenType"})
_NO_DRAWING_HAS = ("/Length1", "/Alternate", "/N", "/FunctionType")


def clean_stream(value: Stream, document: Pdf) -> None:
    """Clean a photo, or the photos inside drawing instructions.

    Raises `FileDamaged` for what may be a photo, but does not say so as it should.
    """
    if not _clean_photo(value) and _may_draw(value) and _may_hold_photos(value.read_bytes()):
        _clean_drawing(value, document)


def joined_where_photos_may_be(document: Pdf) -> set[tuple[int, int]]:
    """Join the drawing instructions of pages that have them in parts; return the parts that are left behind.

    A part may end in the middle of a picture.
    """
    left_behind: set[tuple[int, int]] = set()
    for page in document.pages:
        contents = page.obj.get(Name.Contents)
        if not isinstance(contents, Array):
            continue
        parts = [part for part in contents.as_list() if isinstance(part, Stream)]
        if _may_hold_photos(b"\n".join(part.read_bytes() for part in parts)):
            page.contents_coalesce()
            left_behind |= {part.objgen for part in parts}
    return left_behind


def _clean_photo(value: Stream) -> bool:
    """Clean a stream that is a photo; tell whether it is one."""
    filters = _filters(value)
    kind = next((kind for kind in _PHOTOS if filters[-1:] == [kind]), None)
    if kind is not None:
        filters.pop()
    if any(str(one) not in _OTHER_FILTERS for one in filters):
        raise FileDamaged
    if kind is not None:
        _write_photo(value, filters, kind)
        return True
    if value.read_raw_bytes().startswith(_STARTS_OF_PHOTOS):
        raise FileDamaged
    return False


def _filters(value: Stream) -> list[Object]:
    applied = value.get(Name.Filter)
    return list(applied.as_list()) if isinstance(applied, Array) else [applied] if applied is not None else []


def _write_photo(value: Stream, before: list[Object], kind: Name) -> None:
    """Clean a stream that is a file of a photo once the filters `before` are taken off, and leave those off."""
    if before:
        parameters = value.get(Name.DecodeParms)
        value[Name.Filter] = Array(before)
        if isinstance(parameters, Array):
            value[Name.DecodeParms] = Array(parameters.as_list()[: len(before)])
    photo = value.read_bytes() if before else value.read_raw_bytes()
    value.write(_PHOTOS[kind](photo), filter=kind)


def _may_draw(value: Stream) -> bool:
    kinds = {str(value.get(key)) for key in (Name.Type, Name.Subtype)}
    return kinds.isdisjoint(_NO_DRAWING) and not any(key in value for key in _NO_DRAWING_HAS)


def _may_hold_photos(drawing: bytes) -> bool:
    return _START_OF_JPEG in drawing or _INLINE.search(drawing) is not None


def _clean_drawing(drawing: Stream, document: Pdf) -> None:
    """Write the instructions again, their photos cleaned; leave them to the byte as they are if there is none."""
    starts = drawing.read_bytes().count(_START_OF_JPEG)
    written, found = [], False
    for instruction in pikepdf.parse_content_stream(drawing):
        if not isinstance(instruction, pikepdf.ContentStreamInlineImage):
            written.append(pikepdf.unparse_content_stream([instruction]))
            continue
        picture = _as_stream(instruction, document)
        starts -= picture.read_raw_bytes().count(_START_OF_JPEG)
        is_photo = _clean_photo(picture)
        found |= is_photo
        written.append(_as_instruction(picture) if is_photo else instruction.iimage.unparse())
    if starts:
        # Of a photo whose instruction is broken.
        raise FileDamaged
    if found:
        drawing.write(b"\n".join(written))


def _as_stream(instruction: pikepdf.ContentStreamInlineImage, document: Pdf) -> Stream:
    picture = instruction.iimage
    content = picture.unparse().partition(b"\nID\n")[2].removesuffix(b"EI")
    return Stream(document, content, dict(picture.obj.items()))


def _as_instruction(picture: Stream) -> bytes:
    # Full names are as good as the short ones here.
    told = Dictionary({key: value for key, value in picture.stream_dict.items() if key != "/Length"}).unparse()
    return b"BI\n" + told.removeprefix(b"<<").removesuffix(b">>") + b"\nID\n" + picture.read_raw_bytes() + b"\nEI"
