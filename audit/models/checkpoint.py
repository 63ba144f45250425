from collections.abc import Sequence
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from audit.models.cosignature import Cosignature
from audit.models.ended_log import EndedLog
from audit.models.length import has_bytes
from audit.models.log_head import LogHead
from audit.models.publication import Publication


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def newest_first(self) -> Self:
        return self.order_by("-size")

    def published(self) -> Self:
        """Those that everybody may see.

        With a policy of witnesses: up to the newest one that enough of them signed. Older ones that they did not sign
        are public too, because they can be held against that one.
        """
        if not settings.LOG_WITNESS_POLICY:
            return self.all()
        newest = Publication.objects.aggregate(size=Max("size"))["size"]
        return self.none() if newest is None else self.filter(size__lte=newest)

    def _served(self) -> Self:
        """Those of the present log: what an ended one signed last verifies with the keys of that one alone."""
        ended = EndedLog.objects.order_by("-size").values("size")[:1]
        return self.published().filter(size__gt=Coalesce(Subquery(ended), -1))

    def with_frontier(self) -> Self:
        """Give its `frontier` to the one at which the tree still ends."""
        head = LogHead.objects.filter(size=OuterRef("size")).values("frontier")
        return self.annotate(frontier=Subquery(head))

    def published_size(self) -> int | None:
        """The size of `newest_published`, for who needs no more."""
        return self._served().newest_first().values_list("size", flat=True).first()

    def newest_published(self) -> "Checkpoint | None":
        """The checkpoint that the public log serves and proofs are made under, or None before the first.

        As it is published: its `note` carries the lines of the witnesses, its `cosignatures` are those lines.
        """
        newest = self._served().with_frontier().newest_first().first()
        return newest and add_cosignatures([newest])[0]


class Checkpoint(models.Model):
    """A signed tree head: `note` is the C2SP checkpoint, verbatim. Never changed or deleted.

    The size is the key, so the database itself keeps a second root for a size from ever being published.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    # Filled in by `add_cosignatures` and `with_frontier`; they are no columns.
    cosignatures: Sequence[Cosignature] = ()
    frontier: bytes | None = None

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        constraints = [has_bytes("root", 32, name="checkpoint_root_is_sha256")]

    def __str__(self) -> str:
        return str(self.size)


def add_cosignatures(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Give checkpoints, as they were read, the lines of their witnesses: below the note, and by themselves.

    One query for all. They are for showing: the database refuses to change a checkpoint.
    """
    lines: dict[int, list[Cosignature]] = {checkpoint.size: [] for checkpoint in checkpoints}
    for cosignature in Cosignature.objects.filter(size__in=lines).order_by("id"):
        lines[cosignature.size].append(cosignature)
    for checkpoint in checkpoints:
        checkpoint.cosignatures = lines[checkpoint.size]
        checkpoint.note += "".join(f"{cosignature.line}\n" for cosignature in checkpoint.cosignatures)
    return list(checkpoints)
