"""A receipt as a PDF to keep or print, with the signed receipt attached to it (ISO 32000-1 section 7.11.4)."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import MethodReturnValue, XPos, YPos

from consent.errors import FontsMissing
from consent.receipts.plain import Fact, PlainReceipt

# The letters of the pages; the second file has those of other languages in Latin script, such as ğ, ş and ł.
_FONT, _MORE = "receipt", "receipt-more"
_FILES = {
    _FONT: "packages/noto-sans/files/noto-sans-latin-{weight}-normal.woff",
    _MORE: "packages/noto-sans/files/noto-sans-latin-ext-{weight}-normal.woff",
}
_MARGIN, _INDENT, _LABEL, _LINE = 20, 55, 51, 5.5
"""In millimetres on A4."""


def receipt_pdf(receipt: PlainReceipt, *, signed: str, language: str, at: datetime, keys_address: str) -> bytes:
    """Return the PDF in `language`, the active one. The same receipt gives the same bytes.

    Raises FontsMissing when set-up did not bring in the fonts.
    """
    pdf = FPDF(format="A4")
    _describe(pdf, receipt, language, at)
    _add_fonts(pdf)
    pdf.add_page()
    _heading(pdf, f"{_('Receipt')}: {receipt.title}", size=20)
    _paragraph(pdf, f"{receipt.organisation}. {receipt.happened}.")
    for fact in receipt.facts:
        _fact(pdf, fact)
    _heading(pdf, _("How it is found back"))
    for fact in receipt.marks:
        _fact(pdf, fact)
    _heading(pdf, _("Check it yourself"))
    _paragraph(
        pdf,
        _(
            "The signed receipt is attached to this file as receipt.jws: save it from the list of attachments. The"
            " program standalone_verifier.py checks it, without this service and without the internet."
        ),
    )
    _fact(pdf, Fact(_("Keys to check it with"), (keys_address,)))
    _fact(
        pdf, Fact(_("Fingerprint of the signed receipt (SHA-256)"), (sha256(signed.encode()).hexdigest(),), code=True)
    )
    pdf.embed_file(
        bytes=signed.encode(),
        basename="receipt.jws",
        mime_type="application/jose",
        desc=_("The signed receipt"),
        creation_date=at,
        modification_date=at,
    )
    return bytes(pdf.output())


def _describe(pdf: FPDF, receipt: PlainReceipt, language: str, at: datetime) -> None:
    pdf.set_title(f"{_('Receipt')}: {receipt.title}")
    pdf.set_lang(language)
    pdf.set_author("Deelwijs")
    pdf.set_subject(receipt.happened)
    pdf.set_creation_date(at)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN)


def _add_fonts(pdf: FPDF) -> None:
    for family, file in _FILES.items():
        for style, weight in (("", 400), ("B", 700)):
            found = finders.find(file.format(weight=weight))
            if not isinstance(found, str):
                raise FontsMissing(detail=_("A PDF needs fonts that set-up did not bring in."))
            pdf.add_font(family, style, Path(found))
    pdf.set_fallback_fonts([_MORE], exact_match=True)
    pdf.set_font(_FONT, size=11)


def _heading(pdf: FPDF, text: str, size: int = 14) -> None:
    pdf.ln(4)
    pdf.set_font(_FONT, "B", size)
    pdf.start_section(text)
    pdf.multi_cell(0, size / 2, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font(_FONT, size=11)
    pdf.ln(2)


def _paragraph(pdf: FPDF, text: str) -> None:
    pdf.multi_cell(0, _LINE, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(2)


def _fact(pdf: FPDF, fact: Fact) -> None:
    """Write a label with its lines beside it, on one page."""
    size = 8 if fact.code else 11
    if pdf.will_page_break(max(_height(pdf, "B", 10, _LABEL, fact.label), _height(pdf, "", size, None, *fact.lines))):
        pdf.add_page()
    top = pdf.get_y()
    pdf.set_font(_FONT, "B", 10)
    pdf.multi_cell(_LABEL, _LINE, fact.label, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    bottom = pdf.get_y()
    pdf.set_font(_FONT, size=size)
    pdf.set_y(top)
    for line in fact.lines:
        pdf.set_x(_MARGIN + _INDENT)
        pdf.multi_cell(0, _LINE, line, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_y(max(bottom, pdf.get_y()) + 1.5)
    pdf.set_font(_FONT, size=11)


def _height(pdf: FPDF, style: str, size: int, width: float | None, *lines: str) -> float:
    """Return the height that lines take in a width, or beside a label, without writing them."""
    pdf.set_font(_FONT, style, size)
    room = pdf.epw - _INDENT if width is None else width
    heights = [
        pdf.multi_cell(room, _LINE, line, align="L", dry_run=True, output=MethodReturnValue.HEIGHT) for line in lines
    ]
    return float(sum(height for height in heights if isinstance(height, int | float)))
