"""Compile the texts of all apps for gettext: `python -m deploy.catalogues`.

The compiled files are made at set-up and not kept with the source, so that the two cannot differ.
"""

from collections.abc import Iterator
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent


def stale() -> Iterator[Path]:
    """Give the catalogues whose compiled file is missing or older."""
    for source in sorted(BASE.glob("*/locale/*/LC_MESSAGES/django.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            yield source


def compile_stale() -> None:
    """Compile what is stale. Each file appears whole, also when two processes do this at once."""
    for source in stale():
        from babel.messages.mofile import write_mo  # rarely needed and slow to load
        from babel.messages.pofile import read_po

        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, domain="django")
        unfinished = source.with_suffix(f".{id(catalogue)}.unfinished")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.rename(source.with_suffix(".mo"))


if __name__ == "__main__":
    compile_stale()
