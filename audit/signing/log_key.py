"""The keys that sign checkpoints, in two files: the private halves for the sequencer alone, the public halves for all.

The web processes publish the verifier keys and check signatures; they need no access to the signer keys, which
may stand on another machine. `<file>.pub` holds what they need: every public key that ever signed, one a line, with
the sizes of the log between which it did. `<file>` holds the keys that sign now: an Ed25519 key, two while a new one
comes into use, and beside them, for who wants it, one for the ML-DSA-44 line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audit.durable_file import replace_file, write_new
from audit.errors import Unavailable
from audit.signing.log_keys import (
    ED25519_KEY,
    Algorithm,
    LogKey,
    LogSigner,
    LogVerifier,
    read_log_keys,
    read_signer_keys,
    write_log_keys,
)
from audit.signing.ml_dsa import MlDsaSigner
from audit.signing.signed_note import NoteError, Signer, Verifier, generate_signer


class LogKeyUnusable(Unavailable):
    """A key of the log is not there, cannot be read, or is another log's; `detail` says which and what to do."""

    code = "log-key-unusable"
    title = _("The key of the log cannot be used")


class KeyInUse(Exception):
    """A key of this kind signs already, and nobody asked for the next one."""


class OverlapNotOver(Exception):
    """Two keys of this kind sign already: the older one is retired before a third comes."""


class NothingToRetire(Exception):
    """No key but the newest signs, and that one stays."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The file of the private keys, and the one of the public keys beside it.

    What is half done when the power goes is done when it is asked again: a new private key is written before its
    public half tells of it, and a retired one is told of before it goes.
    """

    file: Path

    def signers(self) -> LogSigner:
        """Read the private keys and all public ones, oldest first. Raise LogKeyUnusable if one cannot be read."""
        try:
            return LogSigner(read_signer_keys(_text(self.file)), self.verifiers())
        except NoteError as error:
            raise _unreadable(self.file) from error

    def verifiers(self) -> LogVerifier:
        """Read the public keys, oldest first. Raise LogKeyUnusable if one cannot be read."""
        file = verifier_file(self.file)
        try:
            return LogVerifier(read_log_keys(_text(file)))
        except NoteError as error:
            raise _unreadable(file) from error

    def add(self, algorithm: Algorithm, *, first_size: int, beside_another: bool) -> LogKey:
        """Let a new key sign from `first_size` on, beside the one of its kind that does, if there is one.

        Raise KeyInUse if there is one and `beside_another` is false, OverlapNotOver if there are two.
        """
        signer = self.signers()
        unfinished = [one for one in signer.unpublished if algorithm.made(one)]
        if unfinished:
            new = unfinished[0]
        else:
            active = [one for one in signer.active if algorithm.made(one)]
            if active and not beside_another:
                raise KeyInUse
            if len(active) > 1:
                raise OverlapNotOver
            new = algorithm.generate(signer.name)
            self._keep([*signer.keys, new])
        key = LogKey(new.verifier, first_size)
        self._publish([*signer.verifier.keys, key])
        return key

    def retire(self, algorithm: Algorithm, *, last_size: int, all_of_them: bool = False) -> list[LogKey]:
        """Retire every key of a kind but the newest, or all; none signs a tree of more than `last_size` leaves.

        Raise NothingToRetire if only the newest signs.
        """
        signer = self.signers()
        of_kind = [one for one in signer.keys if algorithm.made(one)]
        leaving = [one.verifier for one in (of_kind if all_of_them else of_kind[:-1])]
        if not leaving:
            raise NothingToRetire
        public = [
            key.retired_at(last_size) if key.verifier in leaving and not key.is_retired else key
            for key in signer.verifier.keys
        ]
        self._publish(public)
        self._keep([one for one in signer.keys if one.verifier not in leaving])
        return [key for key in public if key.verifier in leaving]

    def _keep(self, signers: Sequence[Signer | MlDsaSigner]) -> None:
        replace_file(self.file, "".join(f"{signer.to_text()}\n" for signer in signers))

    def _publish(self, keys: Sequence[LogKey]) -> None:
        replace_file(verifier_file(self.file), write_log_keys(keys))


def verifier_file(signing_key_file: Path) -> Path:
    return signing_key_file.with_name(signing_key_file.name + ".pub")


def create_key_files(*, signing_key_file: Path, origin: str) -> Verifier:
    """Generate the key of a new log. Raise FileExistsError if there is one: overwriting it would end the log."""
    signer = generate_signer(origin)
    write_new(signing_key_file, f"{signer.to_text()}\n", mode=0o600)
    write_new(verifier_file(signing_key_file), write_log_keys([LogKey(signer.verifier)]), mode=0o644)
    return signer.verifier


def load_signer() -> LogSigner:
    """Read the keys that sign now, and all public ones, or raise LogKeyUnusable."""
    file = Path(settings.LOG_SIGNING_KEY_FILE)
    signer = KeyFiles(file).signers()
    if not any(ED25519_KEY.made(one) for one in signer.keys):
        raise _unreadable(file)
    _check_name(signer.name)
    return signer


def load_verifier() -> LogVerifier:
    """Read every public key beside the signer keys, or raise LogKeyUnusable."""
    verifier = KeyFiles(Path(settings.LOG_SIGNING_KEY_FILE)).verifiers()
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
