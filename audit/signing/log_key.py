"""The key that signs checkpoints, in files: the private half for the sequencer alone, the public half for all.

The web processes publish the verifier key and check signatures; they need no access to the signer key, which
may stand on another machine. `<file>.pub` holds what they need.
"""

import os
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audit.errors import Unavailable
from audit.signing.signed_note import NoteError, Signer, Verifier, generate_signer, read_signer, read_verifier


class LogKeyUnusable(Unavailable):
    """The key of the log is not there, cannot be read, or is another log's; `detail` says which and what to do."""

    code = "log-key-unusable"
    title = _("The key of the log cannot be used")


def verifier_file(signing_key_file: Path) -> Path:
    return signing_key_file.with_name(signing_key_file.name + ".pub")


def create_key_files(*, signing_key_file: Path, origin: str) -> Verifier:
    """Generate the key of a new log. Raise FileExistsError if there is one: overwriting it would end the log."""
    signer = generate_signer(origin)
    signing_key_file.parent.mkdir(parents=True, exist_ok=True)
    _write_new(signing_key_file, signer.to_text(), mode=0o600)
    _write_new(verifier_file(signing_key_file), str(signer.verifier), mode=0o644)
    return signer.verifier


def load_signer() -> Signer:
    """Read the signer key that the settings name, or raise LogKeyUnusable."""
    file = Path(settings.LOG_SIGNING_KEY_FILE)
    try:
        signer = read_signer(_text(file))
    except NoteError as error:
        raise _unreadable(file) from error
    _check_name(signer.name)
    return signer


def load_verifier() -> Verifier:
    """Read the verifier key beside the signer key, or raise LogKeyUnusable."""
    file = verifier_file(Path(settings.LOG_SIGNING_KEY_FILE))
    try:
        verifier = read_verifier(_text(file))
    except NoteError as error:
        raise _unreadable(file) from error
    _check_name(verifier.name)
    return verifier


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file) from error


def _unreadable(file: Path) -> LogKeyUnusable:
    return LogKeyUnusable(
        _("There is no readable key in %(file)s; a new log gets one from: manage.py create_log_key") % {"file": file}
    )


def _check_name(name: str) -> None:
    if name != settings.LOG_ORIGIN:
        raise LogKeyUnusable(
            _("The key is of the log %(name)s, and LOG_ORIGIN is %(origin)s.")
            % {"name": name, "origin": settings.LOG_ORIGIN}
        )


def _write_new(file: Path, text: str, *, mode: int) -> None:
    """Write a file that must not exist, with its final mode from the first byte on."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
