from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7


class KeyOrder(models.Model):
    """What is still to be done to a key in a keystore apart; committed with the change of the consent that asks for it.

    Reads refuse since that commit. `consent.keys.orders` carries it out right after, and again until it is done.
    """

    class What(models.TextChoices):
        DESTROY = "destroy"
        SUSPEND = "suspend"

    class Kind(models.TextChoices):
        CONSENT = "consent"
        VAULT = "vault"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    what = models.CharField(max_length=10, choices=What.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    owner = models.UUIDField()
    generation = models.PositiveIntegerField()
    ordered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # Said twice it is done once.
            models.UniqueConstraint(fields=["what", "kind", "owner", "generation"], name="key_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.kind} key of {self.owner}"
