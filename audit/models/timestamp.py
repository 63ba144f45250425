from typing import Self

from django.db import models


class TimestampQuerySet(models.QuerySet["Timestamp"]):
    def newest_first(self) -> Self:
        return self.order_by("-size")


class Timestamp(models.Model):
    """The word of a time stamping authority that a checkpoint was there at `at` (RFC 3161). Never changed or deleted.

    `response` is the TimeStampResp, DER, over the note of the checkpoint over `size` leaves. `authority` is the name in
    the certificate that signed it.
    """

    size = models.BigIntegerField(primary_key=True)
    response = models.BinaryField()
    at = models.DateTimeField()
    authority = models.TextField()

    objects = TimestampQuerySet.as_manager()

    class Meta:
        db_table = "audit_timestamp"

    def __str__(self) -> str:
        return str(self.size)
