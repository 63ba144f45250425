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

from sharing.files.content.decoding import MOST_BYTES_OPENED_WHOLE, STILL_SIDE
from sharing.files.content.errors import FileDamaged, FileLocked
from sharing.files.content.pdf_photos import clean_stream, joined_where_photos_may_be
from sharing.files.content.reading import read_up_to


def _names(names: str) -> frozenset[str]:
    return frozenset(f"/{name}" for name in names.split())


# ISO 32000-2: sections 14.3 (metadata), 14.5 (what programs keep), 12.6 (actions), 14.13 (associated files), 12.3.5
# (collections of files), 12.4.3 (threads, with their author), 12.3.4 (thumbnails), 12.10 (where on Earth a page lies).
_OF_THE_DOCUMENT = _names("OpenAction AA AF Collection Requirements SpiderInfo Threads Legal")
# Sections 7.5.5 and 7.5.8.2: how the file is read. Not Info, who wrote it when, nor ID, by which copies are matched.
_OF_THE_TRAILER = _names("Root Size Prev XRefStm Encrypt Type Index W Length Filter DecodeParms")
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
_ANNOTATIONS = _names("FileAttachment Sound Movie Screen RichMedia 3D")


def clean(reader: BinaryIO, writer: BinaryIO, *, media_type: str) -> None:
    """Write the document anew. Raises `FileLocked` for one with a password."""
    with _opened(reader) as document:
        _drop(document.trailer, set(document.trailer.keys()) - _OF_THE_TRAILER)
        _drop(document.Root, _OF_THE_DOCUMENT)
        for key, dropped in ((Name.Names, _OF_NAMES), (Name.AcroForm, _names("XFA SigFlags"))):
            if isinstance(inner := document.Root.get(key), Dictionary):
                _drop(inner, dropped)
        for page in document.pages:
            _drop(page.obj, _OF_A_PAGE)
            _clean_annotations(page.obj)
        left_behind = joined_where_photos_may_be(document)
        for part in document.objects:
            if part.objgen not in left_behind:
                _clean_part(part, document)
        cleaned = BytesIO()
        pages = len(document.pages)
        document.save(cleaned, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    # What opens by guessing, as a damaged document does, is not always written so that it opens.
    with _opened(cleaned) as document:
        if len(document.pages) != pages:
            raise FileDamaged
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


def _clean_part(part: Object, document: Pdf) -> None:
    """Clean an object that stands on its own, with all that stands inside it; what it refers to is another part."""
    inside = [part]
    while inside:
        value = inside.pop()
        children: Iterable[Object]
        if isinstance(value, Array):
            children = value.as_list()
        elif isinstance(value, Dictionary | Stream):
            _clean_dictionary(value, document)
            children = (value.stream_dict if isinstance(value, Stream) else value).as_dict().values()
        else:
            continue
        inside += [child for child in children if isinstance(child, Array | Dictionary) and not child.is_indirect]


def _clean_dictionary(value: Object, document: Pdf) -> None:
    _drop(value, _OF_ANYTHING)
    if isinstance(value, Stream):
        if value.get(Name.Type) in (Name.EmbeddedFile, Name.Metadata):
            value.write(b"")
        else:
            clean_stream(value, document)
        return
    # A part of the structure tree has an S too, and K, its children.
    is_action = str(value.get(Name.S)) in _ACTIONS and Name.K not in value
    is_signature = Name.ByteRange in value and Name.Contents in value
    if is_action or is_signature:
        _drop(value, list(value.keys()))
    elif Name.EF in value and (Name.F in value or Name.UF in value):
        _drop(value, ["/EF"])
