"""The proof of one entry, checked step by step, so that an auditor sees what was calculated."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.entry import commit_to_entry
from audit.models import LoggedEntry
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.log_key import load_verifier
from audit.signing.signed_note import NoteError
from audit.tree.inclusion import EntryProof
from audit.tree.merkle import ProofFailed, check_inclusion, hash_leaf


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One calculation, in a sentence that says what came out."""

    holds: bool
    sentence: str


def proof_steps(proof: EntryProof) -> list[ProofStep]:
    """Check record, commitment, signature and place, each for itself. Raise LogKeyUnusable without a key."""
    commitment = commit_to_entry(proof.salt, proof.canonical)
    kept = LoggedEntry.objects.filter(pk=proof.entry_id).values_list("commitment", flat=True).first()
    head = _signed_head(proof)
    return [
        _step(
            kept is not None and bytes(kept) == commitment,
            _("The record is the one that was committed to when it was written."),
            _("The record is not the one that was committed to: it was changed."),
        ),
        _step(
            head is not None,
            _("The checkpoint is signed with the key of this log."),
            _("The signature of the checkpoint is wrong."),
        ),
        _step(
            head is not None and _is_included(commitment, proof, head),
            _("The entry stands at place %(place)d of the %(size)d under that signature.")
            % {"place": proof.leaf_index, "size": proof.tree_size},
            _("The entry does not stand under that signature."),
        ),
    ]


def _step(holds: bool, good: str, bad: str) -> ProofStep:
    return ProofStep(holds, good if holds else bad)


def _signed_head(proof: EntryProof) -> TreeHead | None:
    try:
        return open_checkpoint(proof.checkpoint, load_verifier())
    except (NoteError, CheckpointError):
        return None


def _is_included(commitment: bytes, proof: EntryProof, head: TreeHead) -> bool:
    try:
        check_inclusion(
            leaf_hash=hash_leaf(commitment),
            index=proof.leaf_index,
            size=head.size,
            proof=proof.hashes,
            root=head.root,
        )
    except ProofFailed:
        return False
    return True
