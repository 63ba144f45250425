from typing import ClassVar

from django.db import models


class Figure(models.Model):
    """How often something happened in a month, counted from the audit log for the public register.

    `month` is its first day in Europe/Amsterdam, so that the rows to add up stay few; `organisation` an OIN and
    `department` a name, both empty where a citizen acted on their own.
    """

    class Measure(models.TextChoices):
        ASKED = "asked"
        GRANTED = "granted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"
        USED = "used"
        # Asked for and not handed over, of which: because the consent does not share those fields.
        NOT_RELEASED = "not-released"
        ASKED_MORE = "asked-more"

    id = models.BigAutoField(primary_key=True)
    purpose = models.SlugField(max_length=60, db_index=False)
    month = models.DateField()
    organisation = models.CharField(max_length=20, blank=True)
    department = models.CharField(max_length=100, blank=True)
    measure = models.CharField(max_length=20, choices=Measure.choices)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            # One row a count; it is also how they are summed, purpose by purpose.
            models.UniqueConstraint(
                fields=["purpose", "measure", "month", "organisation", "department"], name="figure_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} for {self.purpose} in {self.month:%Y-%m}"


class FigureHead(models.Model):
    """How far the log was counted: the number of leaves that the figures include. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    counted = models.PositiveBigIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # Two heads would count an entry twice.
            models.CheckConstraint(condition=models.Q(id=1), name="figure_head_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.counted} leaves counted"
