"""Whether a row agrees with the rows that it was made from. Each check raises Altered; none asks the database."""

from collections.abc import Sequence

from audit.entry import commit_to_entry, commit_to_user, read_entry, read_user_commitment
from audit.models import Checkpoint, Leaf, LoggedEntry, Record, Tile
from audit.search_columns import SEARCH_COLUMNS
from audit.signing.checkpoint import CheckpointError, open_checkpoint
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError
from audit.tree.merkle import hash_leaf, split_hashes
from audit.tree.tiles import TILE_WIDTH, tile_root
from audit.verification.discrepancy import Altered


def check_leaf(leaf: Leaf, entry: LoggedEntry | None, record: Record | None) -> None:
    """Check leaf, entry and record against each other; where two of the three agree, the third was changed."""
    where = f"leaf {leaf.index}, entry {leaf.entry_id}"
    if entry is None:
        raise Altered("entry-missing", where, "The entry was deleted, or the leaf made to point at another.")
    leaf_agrees = hash_leaf(bytes(entry.commitment)) == bytes(leaf.leaf_hash)
    record_agrees = record is None or _gives_commitment(record, entry)
    if not leaf_agrees and record is not None and not record_agrees:
        raise Altered(
            "commitment-altered",
            where,
            "The commitment of the entry belongs neither to its leaf nor to its record: it was rewritten.",
        )
    if not leaf_agrees:
        raise Altered(
            "leaf-altered",
            where,
            "The leaf is not the hash of the commitment of its entry: the leaf was rewritten or exchanged with"
            " another, or the entry was rewritten together with its record.",
        )
    if record is not None:
        check_record(record, entry)


def check_record(record: Record, entry: LoggedEntry) -> None:
    """Check a record against the commitment of its entry, and its columns against its text."""
    where = f"record {record.entry_id}"
    if not _gives_commitment(record, entry):
        raise Altered(
            "record-altered",
            where,
            "Text and salt do not give the commitment of the entry: the text was edited, the salt replaced, or the"
            " record of another entry put in this place.",
        )
    canonical = bytes(record.canonical)
    try:
        said, user_commitment = read_entry(canonical), read_user_commitment(canonical)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Altered(
            "record-altered",
            where,
            "The text is no entry that this service writes: it was put in with a commitment of its own.",
        ) from error
    if said.id != record.entry_id:
        raise Altered("record-altered", where, f"The text is that of entry {said.id}: rows were exchanged.")
    for column in SEARCH_COLUMNS:
        if getattr(said, column) != getattr(record, column):
            raise Altered(
                "record-column-altered",
                f"{where}, column {column}",
                "The column says something else than the text that was committed to: it was edited, so that a search"
                " finds the entry where it does not belong, or not at all.",
            )
    if commit_to_user(bytes(record.user_salt), bytes(record.user_sealed)) != user_commitment:
        raise Altered("record-user-altered", where, "The sealed name of who acted was replaced or removed.")


def check_tile(tile: Tile, computed: Sequence[bytes]) -> None:
    """Check a stored tile against the 256 hashes that the rows below it give."""
    where = f"tile {tile.level}/{tile.index}"
    stored = split_hashes(bytes(tile.hashes))
    for at, (said, expected) in enumerate(zip(stored, computed, strict=True), start=tile.index * TILE_WIDTH):
        if said != expected:
            raise Altered(
                "tile-altered",
                f"{where}, hash {at}",
                "The tile holds another hash than the rows below it give: it was rewritten, or they all were.",
            )
    if bytes(tile.root) != tile_root(bytes(tile.hashes)):
        raise Altered("tile-altered", f"{where}, root", "The root is not that of the tile's hashes.")


def check_checkpoint(checkpoint: Checkpoint, root: bytes, verifier: LogVerifier) -> None:
    """Check a checkpoint against the key of the log and the root that the leaves give at its size."""
    where = f"checkpoint over {checkpoint.size} leaves"
    try:
        signed = open_checkpoint(checkpoint.note, verifier)
    except (NoteError, CheckpointError) as error:
        raise Altered("checkpoint-altered", where, f"The log did not sign this note: {error}.") from error
    if (signed.size, signed.root) != (checkpoint.size, bytes(checkpoint.root)):
        raise Altered("checkpoint-altered", where, "The columns say something else than the signed note.")
    check_signed_root(where, signed.root, root)


def check_signed_root(where: str, signed: bytes, root: bytes) -> None:
    if signed != root:
        raise Altered(
            "signed-tree-altered",
            where,
            "The leaves do not give the root that was signed: after the signing, leaves between this checkpoint and"
            " the one before were rewritten, together with everything that is computed from them.",
        )


def _gives_commitment(record: Record, entry: LoggedEntry) -> bool:
    return commit_to_entry(bytes(record.salt), bytes(record.canonical)) == bytes(entry.commitment)
