"""The key that signs promises, in files: the private half for the web processes, the public halves for all.

The log's own key stays with the sequencer, so the processes that answer accessors have this one. Stolen, it promises
what the log never heard of; it puts nothing in the log and signs no checkpoint. `<file>.pub` holds the verifier keys,
the newest first, one a line: a rotation forgets the private half, and older promises stay verifiable.
"""

import base64
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audit.durable_file import replace_file, write_new
from audit.errors import Unavailable
from audit.signing.promise import Promise
from audit.signing.signed_note import (
    SIGNATURE_PREFIX,
    NoteError,
    Signer,
    Verifier,
    generate_signer,
    read_signer,
    read_verifier,
)


class PromiseKeyUnusable(Unavailable):
    """The key that signs promises is not there, cannot be read, or is another log's."""

    code = "promise-key-unusable"
    title = _("The key that signs promises cannot be used")


@dataclass(frozen=True, slots=True, repr=False)
class PromiseSigner:
    """A private key that is ready: it is loaded once and signs on the way of every release (0.05 ms)."""

    name: str
    key_id: bytes
    key: Ed25519PrivateKey

    def sign(self, promise: Promise) -> str:
        """Return the signed note. Ed25519 signs the same promise the same way, so it can be made again."""
        body = promise.body
        signature = base64.b64encode(self.key_id + self.key.sign(body.encode())).decode()
        return f"{body}\n{SIGNATURE_PREFIX}{self.name} {signature}\n"


def promise_key_name() -> str:
    return f"{settings.LOG_ORIGIN}/promise"


def promise_verifiers_file(signing_key_file: Path) -> Path:
    return signing_key_file.with_name(signing_key_file.name + ".pub")


def create_promise_key_files(file: Path) -> Verifier:
    """Generate the first key. Raise FileExistsError when there is one, NoteError if LOG_ORIGIN cannot name a key."""
    signer = generate_signer(promise_key_name())
    write_new(file, f"{signer.to_text()}\n", mode=0o600)
    write_new(promise_verifiers_file(file), f"{signer.verifier}\n", mode=0o644)
    return signer.verifier


def rotate_promise_key_files(file: Path) -> Verifier:
    """Sign with a fresh key from here on, and keep the public halves of the others. Raise PromiseKeyUnusable."""
    _read_signer(file)
    verifiers = load_promise_verifiers(file)
    signer = generate_signer(promise_key_name())
    # Published before it signs: stopped in between, there is a public half more, that signed nothing.
    texts = [f"{verifier}\n" for verifier in (signer.verifier, *verifiers)]
    replace_file(promise_verifiers_file(file), "".join(texts))
    replace_file(file, f"{signer.to_text()}\n")
    return signer.verifier


def promise_signer() -> PromiseSigner:
    """Return the key that signs, or raise PromiseKeyUnusable.

    Read once a process, and once more after a rotation.
    """
    file = Path(settings.LOG_PROMISE_KEY_FILE)
    try:
        changed = file.stat().st_mtime_ns
    except OSError as error:
        raise _unreadable(file) from error
    return _signer(file, changed, promise_key_name())


def promise_for(entry_id: UUID, leaf_hash: bytes) -> str:
    """Sign that the entry stands in the log within the promised delay. Raise PromiseKeyUnusable.

    It is not stored: a copy that we keep proves nothing against us, and from the same entry, key and delay it can be
    made again, letter for letter. Who wants to hold us to it keeps it.
    """
    return promise_signer().sign(Promise(settings.LOG_ORIGIN, entry_id, leaf_hash, settings.LOG_PROMISED_DELAY))


def load_promise_verifiers(file: Path | None = None) -> list[Verifier]:
    """Read the verifier keys, the one that signs now first, or raise PromiseKeyUnusable."""
    public = promise_verifiers_file(file or Path(settings.LOG_PROMISE_KEY_FILE))
    try:
        verifiers = [read_verifier(line) for line in public.read_text(encoding="utf-8").split()]
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise _unreadable(public) from error
    if not verifiers or verifiers[0].name != promise_key_name():
        raise _unreadable(public)
    return verifiers


@lru_cache(maxsize=1)
def _signer(file: Path, changed: int, name: str) -> PromiseSigner:
    signer = _read_signer(file)
    return PromiseSigner(signer.name, signer.verifier.key_id, Ed25519PrivateKey.from_private_bytes(signer.seed))


def _read_signer(file: Path) -> Signer:
    try:
        signer = read_signer(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise _unreadable(file) from error
    if signer.name != promise_key_name():
        raise _unreadable(file)
    return signer


def _unreadable(file: Path) -> PromiseKeyUnusable:
    return PromiseKeyUnusable(
        _("There is no key of this log in %(file)s; make one with: manage.py create_promise_key") % {"file": file}
    )
