"""Every text for people is there in Dutch: nothing missing, nothing uncertain, nothing left over."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize

APPS = ["audit", "consent", "deploy", "sharing"]
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "_": None,
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def catalogue(app: str) -> Catalog:
    with _file(app).open("rb") as file:
        return read_po(file, locale="nl")


def texts_in_source(app: str) -> set[tuple[str, ...]]:
    """Return every text that the app's code and templates mark for translation."""
    found: set[tuple[str, ...]] = set()
    for file in sorted((settings.BASE / app).rglob("*")):
        if file.suffix == ".py":
            found |= set(_extracted(file.read_text(encoding="utf-8")))
        elif file.suffix in {".html", ".txt"} and "templates" in file.parts:
            # Templates become lines with calls of gettext among filler, each a statement of its own.
            for line in templatize(file.read_text(encoding="utf-8"), origin=str(file)).splitlines():
                found |= set(_extracted(line.strip()))
    return found


def originals_and_translations(app: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield each text of the catalogue with its translation, both as one form or as those of singular and plural."""
    for message in catalogue(app):
        if message.id:
            yield _forms(message.id), _forms(message.string or "")


@pytest.mark.parametrize("app", APPS)
def test_the_catalogue_has_exactly_the_texts_of_the_source(app: str) -> None:
    listed = {originals for originals, _translations in originals_and_translations(app)}
    source = texts_in_source(app)
    assert source, "nothing was extracted"
    assert source - listed == set(), "not in the catalogue"
    assert listed - source == set(), "no longer in the source"


@pytest.mark.parametrize("app", APPS)
def test_every_text_is_translated_for_certain(app: str) -> None:
    assert not catalogue(app).obsolete
    assert not [message.id for message in catalogue(app) if message.id and message.fuzzy]
    for originals, translations in originals_and_translations(app):
        assert all(translations), f"{originals} is not translated"


@pytest.mark.parametrize("app", APPS)
def test_a_translation_fills_in_the_same_values(app: str) -> None:
    for originals, translations in originals_and_translations(app):
        expected = {name for original in originals for name in PLACEHOLDER.findall(original)}
        for translation in translations:
            filled_in = set(PLACEHOLDER.findall(translation))
            assert filled_in <= expected, originals
            # One form of a plural may leave out the number, and nothing else may be left out.
            assert len(translations) > 1 or filled_in == expected, originals


def test_one_text_has_one_translation_in_all_apps() -> None:
    said: dict[tuple[str, ...], tuple[str, ...]] = {}
    for app in APPS:
        for originals, translations in originals_and_translations(app):
            assert said.setdefault(originals, translations) == translations, originals


def test_the_compiled_texts_are_those_of_the_catalogue() -> None:
    # Where they are missing or stale, people would read English.
    with override("nl"):
        for app in APPS:
            for originals, translations in originals_and_translations(app):
                if len(originals) == 1:
                    assert gettext(originals[0]) == translations[0]


def _file(app: str) -> Path:
    return Path(settings.BASE) / app / "locale" / "nl" / "LC_MESSAGES" / "django.po"


def _extracted(source: str) -> Iterator[tuple[str, ...]]:
    for _line, text, _comments, _context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        yield _forms(text)


def _forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)
