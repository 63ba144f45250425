"""The proof that the log only grew between two checkpoints, for who kept the older one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.errors import FieldError, Invalid, NotFound
from audit.models import Checkpoint
from audit.models.checkpoint import add_cosignatures
from audit.tree.merkle import consistency_spans
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import prove_from_tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """`hashes` lead from the root that the reader kept to the one in `checkpoint` (RFC 9162 §2.1.4.2)."""

    old_size: int
    size: int
    hashes: Sequence[bytes]
    checkpoint: str


def prove_consistency(*, old_size: int, size: int) -> ConsistencyProof:
    """Prove that the log of `size` leaves extends the one of `old_size`.

    Raise NotFound where no checkpoint over `size` is published, and Invalid for an older size that is none.
    """
    checkpoint = Checkpoint.objects.published().with_frontier().filter(size=size).first()
    if checkpoint is None:
        raise NotFound(_("No checkpoint was signed over this number of leaves."))
    if not 0 < old_size <= size:
        detail = _("Give the number of leaves of an older checkpoint, from 1 to %(size)d.") % {"size": size}
        raise Invalid(errors=[FieldError("/oldSize", "not-an-older-size", detail)])
    spans = consistency_spans(old_size, size)
    return ConsistencyProof(
        old_size=old_size,
        size=size,
        hashes=prove_from_tiles(spans, size=size, reader=StoredTiles(), frontier=checkpoint.frontier),
        checkpoint=add_cosignatures([checkpoint])[0].note,
    )
