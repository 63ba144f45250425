"""The lines below a note, one a signature: `— name base64(keyID ‖ signature)` (C2SP signed-note)."""

import base64
from dataclasses import dataclass
from typing import Self

from audit.signing.signed_note import KEY_ID_BYTES, SIGNATURE_PREFIX, NoteError, is_key_name

# A note may carry sixteen signatures at the least; we take twice as many, and no more.
MOST_LINES = 32


@dataclass(frozen=True, slots=True)
class SignatureLine:
    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """The line as it stands in a note, without the newline that ends it."""
        return f"{SIGNATURE_PREFIX}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}"

    @classmethod
    def read(cls, line: str) -> Self:
        """Read a line without its newline, or raise NoteError."""
        name, space, encoded = line.removeprefix(SIGNATURE_PREFIX).partition(" ")
        try:
            blob = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise NoteError("a signature is not base64") from None
        read = cls(name, blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])
        # Written back it is the same line, so that no two lines mean the same.
        if not space or not is_key_name(name) or not read.signature or str(read) != line:
            raise NoteError("a signature is: em dash, name, base64")
        return read


def split_note(note: str) -> tuple[str, list[SignatureLine]]:
    """Cut a note into its text, with the newline that ends it, and its signatures. Checks none of them."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not text:
        raise NoteError("a note is a text, a blank line, and signatures")
    if any(character < " " and character != "\n" for character in note):
        raise NoteError("a note has no control characters")
    return f"{text}\n", read_signature_lines(signatures)


def read_signature_lines(text: str) -> list[SignatureLine]:
    """Read one line or more, each with its newline, or raise NoteError."""
    if not text.endswith("\n"):
        raise NoteError("a line of a note ends with a newline")
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > MOST_LINES:
        raise NoteError(f"a note has at most {MOST_LINES} signatures")
    return [SignatureLine.read(line) for line in lines]
