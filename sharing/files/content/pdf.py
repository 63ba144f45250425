"""PDF without metadata, and without what it would do by itself.

Who wrote it, when and with what (document information, XMP, what programs keep for themselves) is dropped, of the whole
and of every part, and so is the Exif of photos on its pages. Scripts, actions that open programs or send data, and
files inside are removed, not refused: word processors and scanners put them in unasked, a citizen could not take them
out, and no page looks different without them. (A link to a web address stays.) Earlier versions that an editor left
in the file are not written again. Signatures do not survive, as with any change.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import BinaryIO

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from PIL import Image

from sharing.files.content import jpeg, jpeg2000
from sharing.files.content.decoding import MOST_BYTES_OPENED_WHOLE, STILL_SIDE
from sharing.files.content.errors import FileDamaged, FileLocked
from sharing.files.content.reading import read_up_to


def _names(names: str) -> frozenset[str]:
    return frozenset(f"/{name}" for name in names.split())


# ISO 32000-2: sections 14.3 (metadata), 14.5 (what programs keep), 12.6 (actions), 14.13 (associated files), 12.3.5
# (collections of files), 12.4.3 (threads, with their author), 12.3.4 (thumbnails), 12.10 (where on Earth a page lies).
_OF_THE_DOCUMENT = _names("OpenAction AA AF Collection Requirements SpiderInfo Threads Legal")
_OF_A_PAGE = _names("Thumb AA AF LastModified VP LGIDict")
_OF_NAMES = _names("JavaScript EmbeddedFiles Renditions")
# What an annotation says of who made it and when. The T of a form field is its name.
_OF_A_REMARK = _names("M CreationDate T Subj NM")
_OF_A_FORM_FIELD = _names("M AA")
_OF_ANYTHING = _names("Metadata PieceInfo")
_ACTIONS = _names(
    "JavaScript Launch SubmitForm ImportData GoToR GoToE GoToDp GoTo3DView Thread Sound Movie Rendition"
    " RichMediaExecute"
)
_PHOTOS = {Name.DCTDecode: jpeg.without_metadata, Name.JPXDecode: jpeg2000.without_metadata}
# Section 7.4: the filters there are, but for those of photos. The shorter names of 8.9.7 are for pictures in a line.
_OTHER_FILTERS = _names(
    "ASCIIHexDecode ASCII85Decode LZWDecode FlateDecode RunLengthDecode CCITTFaxDecode JBIG2Decode Crypt"
)
_STARTS_OF_PHOTOS = (b"\xff\xd8\xff", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51")
_ANNOTATIONS = _names("FileAttachment Sound Movie Screen RichMedia 3D")


def clean(reader: BinaryIO, writer: BinaryIO, *, media_type: str) -> None:
    """Write the document anew. Raises `FileLocked` for one with a password."""
    with _opened(reader) as document:
        _drop(document.trailer, _names("Info ID"))
        _drop(document.Root, _OF_THE_DOCUMENT)
        for key, dropped in ((Name.Names, _OF_NAMES), (Name.AcroForm, _names("XFA SigFlags"))):
            if isinstance(inner := document.Root.get(key), Dictionary):
                _drop(inner, dropped)
        for page in document.pages:
            _drop(page.obj, _OF_A_PAGE)
            _clean_annotations(page.obj)
        for part in document.objects:
            _clean_part(part)
        cleaned = BytesIO()
        document.save(cleaned, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    writer.write(cleaned.getvalue())


def check(reader: BinaryIO, *, media_type: str) -> None:
    """Raise unless the document opens and has pages."""
    with _opened(reader) as document:
        if not len(document.pages):
            raise FileDamaged


def still(reader: BinaryIO, *, media_type: str) -> Image.Image:
    """Return the first page."""
    try:
        document = pypdfium2.PdfDocument(read_up_to(reader, MOST_BYTES_OPENED_WHOLE))
    except pypdfium2.PdfiumError as error:
        raise (FileLocked if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD else FileDamaged) from error
    try:
        page = document[0]
        # A page may say that it is a kilometre wide.
        rendered: Image.Image = page.render(scale=STILL_SIDE / max(page.get_size()), may_draw_forms=False).to_pil()
        return rendered.convert("RGB")
    finally:
        document.close()


def _opened(reader: BinaryIO) -> Pdf:
    try:
        return pikepdf.open(reader)
    except pikepdf.PasswordError as error:
        raise FileLocked from error


def _drop(value: Object, keys: Iterable[str]) -> None:
    for key in keys:
        if key in value:
            del value[key]


def _clean_annotations(page: Object) -> None:
    annotations = page.get(Name.Annots)
    if not isinstance(annotations, Array):
        return
    kept = [one for one in annotations.as_list() if isinstance(one, Dictionary)]
    kept = [one for one in kept if str(one.get(Name.Subtype)) not in _ANNOTATIONS]
    for annotation in kept:
        _drop(annotation, _OF_A_FORM_FIELD if annotation.get(Name.Subtype) == Name.Widget else _OF_A_REMARK)
    page[Name.Annots] = Array(kept)


def _clean_part(part: Object) -> None:
    """Clean an object that stands on its own, with all that stands inside it; what it refers to is another part."""
    inside = [part]
    while inside:
        value = inside.pop()
        children: Iterable[Object]
        if isinstance(value, Array):
            children = value.as_list()
        elif isinstance(value, Dictionary | Stream):
            _clean_dictionary(value)
            children = (value.stream_dict if isinstance(value, Stream) else value).as_dict().values()
        else:
            continue
        inside += [child for child in children if isinstance(child, Array | Dictionary) and not child.is_indirect]


def _clean_dictionary(value: Object) -> None:
    _drop(value, _OF_ANYTHING)
    if isinstance(value, Stream):
        if value.get(Name.Type) in (Name.EmbeddedFile, Name.Metadata):
            value.write(b"")
        else:
            _clean_content(value)
        return
    # A part of the structure tree has an S too, and K, its children.
    is_action = str(value.get(Name.S)) in _ACTIONS and Name.K not in value
    is_signature = Name.ByteRange in value and Name.Contents in value
    if is_action or is_signature:
        _drop(value, list(value.keys()))
    elif Name.EF in value and (Name.F in value or Name.UF in value):
        _drop(value, ["/EF"])


def _clean_content(value: Stream) -> None:
    """Clean a photo; raise `FileDamaged` for what may be a photo, but does not say so as it should."""
    filters = _filters(value)
    kind = next((kind for kind in _PHOTOS if filters[-1:] == [kind]), None)
    if kind is not None:
        filters.pop()
    if any(str(one) not in _OTHER_FILTERS for one in filters):
        raise FileDamaged
    if kind is not None:
        _clean_photo(value, filters, kind)
    elif value.read_raw_bytes().startswith(_STARTS_OF_PHOTOS):
        raise FileDamaged


def _filters(value: Stream) -> list[Object]:
    applied = value.get(Name.Filter)
    return list(applied.as_list()) if isinstance(applied, Array) else [applied] if applied is not None else []


def _clean_photo(value: Stream, before: list[Object], kind: Name) -> None:
    """Clean a stream that is a file of a photo once the filters `before` are taken off, and leave those off."""
    if before:
        parameters = value.get(Name.DecodeParms)
        value[Name.Filter] = Array(before)
        if isinstance(parameters, Array):
            value[Name.DecodeParms] = Array(parameters.as_list()[: len(before)])
    photo = value.read_bytes() if before else value.read_raw_bytes()
    value.write(_PHOTOS[kind](photo), filter=kind)
