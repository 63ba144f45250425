"""The keys of one log over the years: which of them may have signed a tree of which size.

A log only grows, so its size is a clock that nobody can set back. A key that was retired when the log had 5,000
leaves says nothing about 5,001: whoever steals it afterwards cannot carry the log on with it.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from audit.signing.ml_dsa import (
    ML_DSA_44,
    MlDsaSigner,
    MlDsaVerifier,
    generate_ml_dsa_signer,
    read_ml_dsa_signer,
    read_ml_dsa_verifier,
)
from audit.signing.signed_note import (
    ED25519,
    NoteError,
    Signer,
    Verifier,
    generate_signer,
    read_signer,
    read_verifier,
    signature_type_of,
    write_note,
)
from audit.signing.tree_head import TreeHead

_LINE = re.compile(r"(?P<key>\S+)(?: from (?P<from>[0-9]{1,18}))?(?: until (?P<until>[0-9]{1,18}))?")


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A kind of key that the log signs with."""

    title: str
    signature_type: bytes
    signer_class: type[Signer | MlDsaSigner]
    generate: Callable[[str], Signer | MlDsaSigner]
    read_signer: Callable[[str], Signer | MlDsaSigner]
    read_verifier: Callable[[str], Verifier | MlDsaVerifier]

    def made(self, signer: Signer | MlDsaSigner) -> bool:
        return isinstance(signer, self.signer_class)


ED25519_KEY = Algorithm("Ed25519", ED25519, Signer, generate_signer, read_signer, read_verifier)
ML_DSA_44_KEY = Algorithm(
    "ML-DSA-44", ML_DSA_44, MlDsaSigner, generate_ml_dsa_signer, read_ml_dsa_signer, read_ml_dsa_verifier
)
ALGORITHMS = {algorithm.signature_type: algorithm for algorithm in (ED25519_KEY, ML_DSA_44_KEY)}


@dataclass(frozen=True, slots=True)
class LogKey:
    """A public key, and the sizes of the trees that it signed: `first_size` to `last_size`, None while it signs."""

    verifier: Verifier | MlDsaVerifier
    first_size: int = 0
    last_size: int | None = None

    @property
    def is_retired(self) -> bool:
        return self.last_size is not None

    @property
    def algorithm(self) -> str:
        return (ED25519_KEY if isinstance(self.verifier, Verifier) else ML_DSA_44_KEY).title

    def signed_at(self, size: int) -> bool:
        """Tell whether the log used this key when it had `size` leaves."""
        return self.first_size <= size and (self.last_size is None or size <= self.last_size)

    def retired_at(self, size: int) -> "LogKey":
        return replace(self, last_size=size)

    def __str__(self) -> str:
        """One line: the verifier key, and its sizes where they are bounded."""
        begin = f" from {self.first_size}" if self.first_size else ""
        end = "" if self.last_size is None else f" until {self.last_size}"
        return f"{self.verifier}{begin}{end}"


@dataclass(frozen=True, slots=True)
class LogVerifier:
    """All public keys of a log, in the order in which they came into use."""

    keys: tuple[LogKey, ...]

    @classmethod
    def of(cls, verifier: "LogVerifier | Verifier") -> Self:
        return cls((LogKey(verifier),)) if isinstance(verifier, Verifier) else cls(verifier.keys)

    @property
    def name(self) -> str:
        return self.keys[0].verifier.name

    @property
    def current(self) -> Verifier:
        """The Ed25519 key that came into use last: the one to hand out. Raise NoteError if there is none."""
        for key in reversed(self.keys):
            if isinstance(key.verifier, Verifier) and not key.is_retired:
                return key.verifier
        raise NoteError("every Ed25519 key of the log is retired")

    def __str__(self) -> str:
        return str(self.current)

    def require(self, signed_by: Collection[Verifier | MlDsaVerifier], *, size: int) -> None:
        """Raise NoteError unless, of each kind of key that the log used at this size, one signed.

        So nobody gets by with the kind that is easiest to forge, by leaving out the line of the other.
        """
        in_use = [key for key in self.keys if key.signed_at(size)]
        if not in_use:
            raise NoteError(f"no key that we know was in use when the log had {size} leaves")
        for algorithm in {key.algorithm for key in in_use}:
            if not any(key.verifier in signed_by for key in in_use if key.algorithm == algorithm):
                raise NoteError(
                    f"over {size} leaves there is no {algorithm} signature by a key that the log used at that size"
                )


@dataclass(frozen=True, slots=True, repr=False)
class LogSigner:
    """The private keys that sign now, oldest first, and all public ones. Has no repr, as `Signer` has none."""

    keys: tuple[Signer | MlDsaSigner, ...]
    verifier: LogVerifier

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def active(self) -> tuple[Signer | MlDsaSigner, ...]:
        """The keys that are not retired; one that is retired half-way is still there, and signs for nobody."""
        retired = {key.verifier for key in self.verifier.keys if key.is_retired}
        return tuple(one for one in self.keys if one.verifier not in retired)

    @property
    def unpublished(self) -> tuple[Signer | MlDsaSigner, ...]:
        """The keys that no public one belongs to: made half-way."""
        public = {key.verifier for key in self.verifier.keys}
        return tuple(one for one in self.keys if one.verifier not in public)

    def sign_checkpoint(self, head: TreeHead, *, at: datetime | None) -> str:
        timestamp = 0 if at is None else int(at.timestamp())
        # Ed25519 first: it is what every reader of checkpoints knows.
        lines = [one.signature_line(head.body) for one in self.active if isinstance(one, Signer)]
        lines += [one.signature_line(head, timestamp=timestamp) for one in self.active if isinstance(one, MlDsaSigner)]
        return write_note(head.body, lines)


def read_signer_keys(text: str) -> tuple[Signer | MlDsaSigner, ...]:
    """Read private keys of one log, one a line. Raise NoteError for another line; it never holds the key."""
    signers = tuple(_algorithm(line).read_signer(line) for line in text.splitlines() if line.strip())
    if len({one.name for one in signers}) != 1:
        raise NoteError("the keys are of different logs, or there is none")
    return signers


def read_log_keys(text: str) -> tuple[LogKey, ...]:
    """Read public keys, one a line: `<verifier key> [from <size>] [until <size>]`. Raise NoteError for another line."""
    keys = tuple(_read_line(line) for line in text.splitlines() if line.strip())
    if not keys:
        raise NoteError("there is no key")
    if len({key.verifier.name for key in keys}) > 1:
        raise NoteError("the keys are of different logs")
    if len({str(key.verifier) for key in keys}) < len(keys):
        raise NoteError("a key stands there twice")
    return keys


def write_log_keys(keys: Iterable[LogKey]) -> str:
    return "".join(f"{key}\n" for key in keys)


def _read_line(line: str) -> LogKey:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise NoteError("a line is: verifier key, from and a size, until and a size; sizes where there are any")
    first_size, last_size = int(match["from"] or 0), None if match["until"] is None else int(match["until"])
    return LogKey(_algorithm(match["key"]).read_verifier(match["key"]), first_size, last_size)


def _algorithm(key: str) -> Algorithm:
    signature_type = signature_type_of(key)
    if signature_type not in ALGORITHMS:
        raise NoteError(f"signature type 0x{signature_type.hex()} is none that this log signs with")
    return ALGORITHMS[signature_type]
