from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.citizen import Citizen
from consent.models.consent import Consent
from consent.models.organisation import Organisation


class Epoch(models.Model):
    """A period in which new purpose keys are wrapped by one key of the key service (NIST SP 800-57 cryptoperiod)."""

    number = models.PositiveIntegerField(primary_key=True)
    key_name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"epoch {self.number}"


class PurposeKey(models.Model):
    """The key of a scope in an epoch; a scope is a purpose's id or one of those in `consent.keys.scope`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=60)
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="purpose_keys")
    wrapped = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            # Two keys for one scope and epoch would leave one behind when the epoch is destroyed.
            models.UniqueConstraint(fields=["scope", "epoch"], name="purpose_key_once_per_epoch"),
        ]

    def __str__(self) -> str:
        return f"key of {self.scope} in epoch {self.epoch_id}"


class PseudonymKey(models.Model):
    """The HMAC key of a scope. It outlives epochs, because a pseudonym must stay the same."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=60)
    generation = models.PositiveIntegerField(default=1)
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="pseudonym_keys")
    wrapped = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            # One key gives one person one name in a scope.
            models.UniqueConstraint(fields=["scope", "generation"], name="pseudonym_key_once_per_generation"),
        ]

    def __str__(self) -> str:
        return f"pseudonym key of {self.scope}"


class RandomKey(models.Model):
    """A random key, wrapped by a purpose key, that is destroyed alone by forgetting its wrap."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose_key = models.ForeignKey(PurposeKey, on_delete=models.PROTECT, related_name="+")
    generation = models.PositiveIntegerField(default=1)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            # A destroyed key has no wrap, and a living key has one: nothing in between.
            models.CheckConstraint(
                condition=models.Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | models.Q(wrapped__isnull=False, destroyed_at__isnull=True),
                name="%(class)s_destroyed_has_no_wrap",
            ),
        ]


class ConsentKey(RandomKey):
    """The key that a consent is: every copy shared under the consent is sealed to it."""

    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="key")

    def __str__(self) -> str:
        return f"key of consent {self.consent_id}"


class VaultKey(RandomKey):
    """The key of a citizen's own vault; destroying it erases the vault."""

    citizen = models.OneToOneField(Citizen, on_delete=models.PROTECT, related_name="vault_key")

    def __str__(self) -> str:
        return f"vault key of citizen {self.citizen_id}"


class DisclosureKey(RandomKey):
    """The key that staff names in the log are sealed to, one an organisation, opened only by rule."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="disclosure_key")

    def __str__(self) -> str:
        return f"disclosure key of organisation {self.organisation_id}"
