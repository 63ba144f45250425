from collections.abc import Collection
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7


class Erasure(models.Model):
    """That the record of an entry was erased, by which entry, and by which rule. Never changed or deleted.

    Written by the eraser alone, before the record goes and in the same transaction: a record that is missing without
    such a row was deleted behind the back of the service. `rule` is the name of a retention class, or `order`.
    """

    entry_id = models.UUIDField(primary_key=True)
    erased_by = models.UUIDField()
    rule = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["erased_by", "entry_id"], name="erasure_of_entry"),
            # What was erased lately, by which rule.
            models.Index(fields=["rule", "-at"], name="erasure_newest_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} by {self.erased_by}"


class ErasureOrderQuerySet(models.QuerySet["ErasureOrder"]):
    def of_organisations(self, oins: Collection[str] | None) -> Self:
        """Orders of these organisations, or of all where that is None."""
        return self if oins is None else self.filter(organisation__in=oins)

    def approved(self) -> Self:
        """Orders that wait for the eraser."""
        return self.filter(state=ErasureOrder.State.APPROVED)

    def newest_first(self) -> Self:
        return self.order_by("-ordered_at", "-id")


class ErasureOrder(models.Model):
    """That the records of certain entries must go before their time: asked by whom they are about, or ruled.

    The entries are chosen when it is ordered, so that who approves approves a list. When the order has ended, the list
    and the pseudonym are forgotten: `audit_erasure` says which records went.
    """

    class Ground(models.TextChoices):
        REQUEST = "request"
        RULING = "ruling"

    class State(models.TextChoices):
        ORDERED = "ordered"
        APPROVED = "approved"
        DECLINED = "declined"
        CARRIED_OUT = "carried-out"

    id = models.UUIDField(primary_key=True, default=uuid7)
    organisation = models.TextField()
    ground = models.TextField(choices=Ground.choices)
    reference = models.TextField()
    subject = models.TextField(default="")
    entries = models.JSONField(default=list)
    kept = models.JSONField(default=dict)
    commitment = models.TextField()
    state = models.TextField(choices=State.choices, default=State.ORDERED)
    ordered_by = models.TextField()
    ordered_at = models.DateTimeField()
    ordered_entry = models.UUIDField()
    decided_by = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decided_entry = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    chosen = models.IntegerField()
    erased = models.IntegerField(default=0)

    objects = ErasureOrderQuerySet.as_manager()

    class Meta:
        db_table = "audit_erasure_order"
        constraints = [
            # Nobody erases alone.
            models.CheckConstraint(
                condition=Q(state__in=["ordered", "declined"])
                | (Q(decided_by__gt="") & ~Q(decided_by=F("ordered_by"))),
                name="erasure_order_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ordered", "approved", "declined", "carried-out"]),
                name="erasure_order_state_is_known",
            ),
        ]
        indexes = [models.Index(fields=["-ordered_at"], name="erasure_order_newest_first")]

    def __str__(self) -> str:
        return f"erasure order {self.id}"

    @property
    def entry_ids(self) -> list[UUID]:
        return [UUID(one) for one in self.entries]
