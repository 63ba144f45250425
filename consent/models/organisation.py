from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7


class Organisation(models.Model):
    """A controller or a recipient of data: a municipality, a partner, the police.

    `departments` is a list of {name, title: {nl, en}}: what a citizen can narrow a consent down to.
    """

    class Kind(models.TextChoices):
        MUNICIPALITY = "municipality"
        PARTNER = "partner"
        POLICE = "police"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    oin = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    address = models.CharField(max_length=300)
    contact = models.CharField(max_length=200)
    privacy_contact = models.CharField(max_length=200)
    departments = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            # An OIN is looked up by other systems letter by letter; a wrong one would name somebody else.
            models.CheckConstraint(condition=models.Q(oin__regex=r"^[0-9]{20}$"), name="organisation_oin_20_digits"),
        ]

    def __str__(self) -> str:
        return self.name
