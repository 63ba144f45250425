"""Asking for exports, making them, and reading them, as tests do."""

import os
import subprocess
import sys
from pathlib import Path

from audit import standalone_verifier
from audit.models import LogExport
from audit.people import Viewer
from audit.search.filters import EntryFilters
from audit.services.export import ask_export, make_export, open_export
from tests.audit.people import AS_HANNA

PROGRAM = Path(standalone_verifier.__file__)


def ask(kind: str = "csv", *, viewer: Viewer = AS_HANNA, filters: EntryFilters | None = None) -> LogExport:
    return ask_export(viewer=viewer, filters=filters or EntryFilters(), format=kind, language="en")


def content(export: LogExport, *, viewer: Viewer = AS_HANNA) -> bytes:
    return b"".join(open_export(viewer=viewer, export_id=export.pk).pieces)


def made(kind: str, *, viewer: Viewer = AS_HANNA, filters: EntryFilters | None = None) -> bytes:
    """Return the file of a new export."""
    export = ask(kind, viewer=viewer, filters=filters)
    make_export(export_id=export.pk)
    return content(export, viewer=viewer)


def without_packages(program: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the verifier in a Python that has nothing but itself, outside the project."""
    # -S leaves out site-packages, -I all else: this is what a bare Python has.
    return subprocess.run(
        [sys.executable, "-I", "-S", str(program), *arguments],
        cwd=program.parent,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
