"""The receipt as a PDF: readable, in the right letters and language, with the signed receipt in it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.utils import translation
from pypdf import PdfReader

from consent.errors import FontsMissing
from consent.models import Consent
from consent.receipts.consent_receipt import claims, signed_receipt
from consent.receipts.pdf import receipt_pdf
from consent.receipts.plain import Fact, PlainReceipt
from sharing.services.vault import store_record
from tests.cast import ANNA_BSN, INCOME, SIZE, YEAR, Cast
from tests.consent.receipts import page_of, record_of
from tests.pages import signed_in

SHARED = ({"size": 5_647_382}, {"amount": 73_519_648, "year": 91_827_364})
AT = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
RECEIPT = PlainReceipt(
    title="Toeslag",
    organisation="Gemeente Súdwest-Fryslân",
    happened="U zei ja, 24 november 2026 14:00",
    facts=(Fact("Wie mag lezen", ("Stichting Doğuş, Işık en Łódź", "Ştefan, Čeněk, Ħal, ij, €")),),
    marks=(Fact("Nummer", ("ab" * 32,), code=True),),
)


def made(receipt: PlainReceipt = RECEIPT, language: str = "nl") -> PdfReader:
    with translation.override(language):
        return PdfReader(BytesIO(content_of(receipt, language)))


def content_of(receipt: PlainReceipt, language: str = "nl") -> bytes:
    return receipt_pdf(
        receipt, signed="a.b.c", language=language, at=AT, keys_address="https://deelwijs.example/receipts/keys.json"
    )


def text_of(reader: PdfReader) -> str:
    return " ".join("\n".join(page.extract_text() for page in reader.pages).split())


def test_names_from_anywhere_in_latin_script_come_out_right() -> None:
    text = text_of(made())
    for name in ("Súdwest-Fryslân", "Doğuş", "Işık", "Łódź", "Ştefan", "Čeněk", "Ħal", "€", "ab" * 32):
        assert name in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_says_its_language_and_title(language: str) -> None:
    reader = made(language=language)
    catalogue: Any = reader.root_object
    assert str(reader.root_object["/Lang"]) == language
    assert reader.metadata is not None
    assert "Toeslag" in str(reader.metadata.title)
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"].value


def test_the_signed_receipt_is_attached_and_its_fingerprint_printed() -> None:
    reader = made()
    assert reader.attachments["receipt.jws"] == [b"a.b.c"]
    assert sha256(b"a.b.c").hexdigest() in text_of(reader)
    assert "https://deelwijs.example/receipts/keys.json" in text_of(reader)


def test_the_same_receipt_gives_the_same_bytes() -> None:
    assert content_of(RECEIPT) == content_of(RECEIPT)


def test_the_letters_are_in_the_file() -> None:
    pages: Any = made().pages
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for page in pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all("/FontFile2" in font for font in fonts)


def test_a_long_receipt_goes_on_on_the_next_page() -> None:
    facts = tuple(Fact(f"Voorwaarde {number}", ("regel een", "regel twee")) for number in range(60))
    reader = made(replace(RECEIPT, facts=facts))
    assert len(reader.pages) > 2
    assert all(f"Voorwaarde {number}" in text_of(reader) for number in range(60))


def test_without_the_fonts_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finders, "find", lambda _: None)
    with pytest.raises(FontsMissing):
        content_of(RECEIPT)


@pytest.fixture
def consent(cast: Cast) -> Consent:
    """A yes about data that no number or date of a receipt could be taken for."""
    store_record(citizen=cast.anna, dataset_version=cast.household, content=SHARED[0])
    store_record(citizen=cast.anna, dataset_version=cast.income, content=SHARED[1])
    return cast.grant(uses=3, fields=[SIZE, INCOME, YEAR])


def test_the_download_says_what_the_page_says(cast: Cast, consent: Consent) -> None:
    reader = download(cast, consent)
    for said in ("Receipt: Energy allowance", "Gemeente Voorbeeldstad", "At most 3 times", "You yourself"):
        assert said in text_of(reader)
    assert reader.attachments["receipt.jws"][0].decode() == signed_receipt(record_of(consent))


def test_no_value_that_was_shared_is_in_any_form(cast: Cast, consent: Consent) -> None:
    reader, record = download(cast, consent), record_of(consent)
    anna = signed_in(cast.anna.account)
    forms = {
        "pdf": text_of(reader) + str(reader.metadata) + reader.attachments["receipt.jws"][0].decode(),
        "signed": json.dumps(claims(record), ensure_ascii=False),
        # The head of every page names who is signed in; the receipt is what stands below it.
        "page": anna.get(page_of(consent)).content.decode().partition("<main")[2],
        **{form: anna.get(f"{page_of(consent)}receipt.{form}").content.decode() for form in ("json", "kantara.json")},
    }
    values = [str(value) for content in SHARED for value in content.values()]
    for form, text in forms.items():
        assert "Energ" in text, form
        for hidden in (*values, ANNA_BSN, "Anna", str(cast.anna.pk), cast.anna.log_subject):
            assert hidden not in text, form


def download(cast: Cast, consent: Consent) -> PdfReader:
    anna = signed_in(cast.anna.account, headers={"Accept-Language": "en"})
    return PdfReader(BytesIO(anna.get(f"{page_of(consent)}receipt.pdf").content))
