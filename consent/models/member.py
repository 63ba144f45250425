from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.actor import Actor
from consent.models.account import Account
from consent.models.organisation import Organisation


class Role(models.TextChoices):
    """What a member of staff may do; one person can hold several."""

    REQUESTER = "requester"
    APPROVER = "approver"
    PURPOSE_EDITOR = "purpose-editor"
    PRIVACY_OFFICER = "privacy-officer"
    AUDITOR = "auditor"
    REGISTRAR = "registrar"


class MemberQuerySet(models.QuerySet["Member"]):
    def of_account(self, account: Account) -> Self:
        """Return the memberships that `account` can act in now."""
        return self.filter(account=account, ended_at__isnull=True).select_related("organisation")

    def in_role(self, *roles: str) -> Self:
        return self.filter(role__in=roles)


class Member(models.Model):
    """An account's place in an organisation: one role in one department."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="members")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    role = models.CharField(max_length=20, choices=Role.choices)
    department = models.CharField(max_length=100)
    sealed_name = models.BinaryField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = MemberQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # A second row for the same role would give a removed member a way to stay.
            models.UniqueConstraint(
                fields=["account", "organisation", "role"],
                condition=models.Q(ended_at__isnull=True),
                name="member_once_per_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} at {self.organisation_id}"

    def as_actor(self) -> Actor:
        """Return the actor of this membership; `organisation` should be loaded with it."""
        return Actor(
            organisation_id=self.organisation_id,
            oin=self.organisation.oin,
            role=self.role,
            department=self.department,
            sealed_name=bytes(self.sealed_name),
            account_id=self.account_id,
        )
