"""Checkpoints: the size and root of the tree, signed by the log (C2SP tlog-checkpoint)."""

from datetime import datetime

from audit.signing.log_keys import LogSigner, LogVerifier
from audit.signing.signed_note import NoteError, Signer, Verifier, read_note
from audit.signing.tree_head import CheckpointError, TreeHead, read_body

__all__ = ["CheckpointError", "TreeHead", "open_checkpoint", "read_body", "sign_checkpoint"]


def sign_checkpoint(head: TreeHead, signer: LogSigner | Signer, *, at: datetime | None = None) -> str:
    """Return the signed note, with a line for each key that signs now.

    Signing the same head again is harmless: it says the same. `at` is the moment that an ML-DSA-44 line tells;
    without it, the line tells none, as the specification allows.
    """
    if isinstance(signer, Signer):
        return signer.sign(head.body)
    return signer.sign_checkpoint(head, at=at)


def open_checkpoint(note: str, verifier: LogVerifier | Verifier) -> TreeHead:
    """Check the signatures of the log and read the tree head.

    Raise NoteError for a wrong signature and for a missing one: of each kind of key that the log used at this size,
    one must have signed. Raise CheckpointError for a signed text that is no checkpoint of this log.
    """
    log = LogVerifier.of(verifier)
    text, signed_by = read_note(note, [key.verifier for key in log.keys])
    if not signed_by:
        raise NoteError("no key that we know signed the note")
    head = read_body(text)
    if head.origin != log.name:
        raise CheckpointError(f"a checkpoint of {head.origin!r}, not of {log.name!r}")
    log.require(signed_by, size=head.size)
    return head
