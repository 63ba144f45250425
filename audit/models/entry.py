from django.db import models

from audit.models.length import has_bytes


class LoggedEntry(models.Model):
    """That something was logged: an id and a commitment, and nothing that says what. Never changed or deleted."""

    id = models.UUIDField(primary_key=True)
    commitment = models.BinaryField()

    class Meta:
        db_table = "audit_entry"
        constraints = [has_bytes("commitment", 32, name="entry_commitment_is_sha256")]

    def __str__(self) -> str:
        return str(self.id)
