from hashlib import sha256
from typing import Self

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from audit.models.length import has_bytes
from audit.tree.merkle import EMPTY_ROOT


class WatchedLogQuerySet(models.QuerySet["WatchedLog"]):
    def watched(self) -> Self:
        """Those for which we are a witness now."""
        return self.filter(stopped_at=None)


class WatchedLog(models.Model):
    """A log of others for which we are a witness: its keys, and the newest tree head that we cosigned.

    `keys` are its verifier keys, one a line, any of which may sign. `note` is the checkpoint with our cosignatures,
    "" before the first. Never deleted: who forgets what it saw can be shown another past. `bad_proof_since` is when
    somebody first showed a newer checkpoint of it without a proof that holds, None once a good one came.
    """

    origin = models.TextField(primary_key=True)
    origin_hash = models.CharField(max_length=64, unique=True)
    keys = models.TextField()
    added_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(default=EMPTY_ROOT)
    note = models.TextField(default="")
    cosigned_at = models.DateTimeField(null=True)
    bad_proof_since = models.DateTimeField(null=True)

    objects = WatchedLogQuerySet.as_manager()

    class Meta:
        db_table = "audit_watched_log"
        constraints = [
            has_bytes("root", 32, name="watched_log_root_is_sha256"),
            models.CheckConstraint(condition=Q(size__gte=0), name="watched_log_size_not_negative"),
            models.CheckConstraint(condition=~Q(keys=""), name="watched_log_has_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.origin}: {self.size}"


class ShownFork(models.Model):
    """Proof that a log of others forked: it signed two roots for `size` leaves. Both notes are kept, for ever."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    origin = models.TextField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    known_note = models.TextField()
    found_at = models.DateTimeField()

    class Meta:
        db_table = "audit_shown_fork"
        constraints = [
            has_bytes("root", 32, name="shown_fork_root_is_sha256"),
            # Shown again it is the same fork.
            models.UniqueConstraint(fields=["origin", "size", "root"], name="shown_fork_once"),
        ]

    def __str__(self) -> str:
        return f"{self.origin}: {self.size}"


def hash_origin(origin: str) -> str:
    """Return what a witness calls a log in the addresses of its monitoring prefix (C2SP tlog-witness)."""
    return sha256(origin.encode()).hexdigest()
