from django.db import models

from audit.models.length import has_bytes


class Pending(models.Model):
    """An entry that waits for its place in the tree. The sequencer takes it away when it gets one."""

    entry_id = models.UUIDField(primary_key=True)
    commitment = models.BinaryField()

    class Meta:
        constraints = [has_bytes("commitment", 32, name="pending_commitment_is_sha256")]

    def __str__(self) -> str:
        return str(self.entry_id)
