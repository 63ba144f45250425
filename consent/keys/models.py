"""The tables of keys, all of them wrapped. No foreign key leads out of them: see `consent.keys.keystore`."""

from typing import ClassVar, Self, TypeVar

from django.db import models
from uuid_utils.compat import uuid7


class EpochQuerySet(models.QuerySet["Epoch"]):
    def living(self) -> Self:
        """Return the epochs whose key may still be in the key service, the oldest first."""
        return self.filter(destroyed_at__isnull=True).order_by("number")

    def retired(self) -> Self:
        """Return the living epochs that another one took the place of."""
        return self.living().filter(retired_at__isnull=False)


class Epoch(models.Model):
    """A period in which new purpose keys are wrapped by one key of the key service (NIST SP 800-57 cryptoperiod).

    It is current until `retired_at`, needed by no key from `emptied_at` on, and its key is gone from the key service
    since `destroyed_at`.
    """

    number = models.PositiveIntegerField(primary_key=True)
    key_name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    emptied_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = EpochQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # One epoch is current: with two, nobody could say which key a new purpose key needs.
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(retired_at__isnull=True), name="epoch_one_current"
            ),
            # A key is destroyed only when nothing needs it, and nothing stops needing the current one.
            models.CheckConstraint(
                condition=models.Q(emptied_at__isnull=True) | models.Q(retired_at__isnull=False),
                name="epoch_emptied_is_retired",
            ),
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(emptied_at__isnull=False),
                name="epoch_destroyed_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"epoch {self.number}"


class PurposeKey(models.Model):
    """The key of a scope in an epoch; a scope is a purpose's id or one of those in `consent.keys.scope`.

    Its rows are deleted when the epoch is emptied. A key that somebody wraps with it after that is refused by the
    foreign key, so none is left behind when the epoch's key is destroyed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=60)
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="purpose_keys")
    wrapped = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            # Two keys for one scope and epoch would leave one behind when the epoch is destroyed.
            models.UniqueConstraint(fields=["scope", "epoch"], name="keys_purpose_key_once_per_epoch"),
        ]

    def __str__(self) -> str:
        return f"key of {self.scope} in epoch {self.epoch_id}"


class PseudonymKey(models.Model):
    """The HMAC key of a scope. It outlives epochs, because a pseudonym must stay the same: each wraps it anew."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=60)
    generation = models.PositiveIntegerField(default=1)
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="pseudonym_keys")
    wrapped = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            # One key gives one person one name in a scope.
            models.UniqueConstraint(fields=["scope", "generation"], name="keys_pseudonym_key_once"),
        ]

    def __str__(self) -> str:
        return f"pseudonym key of {self.scope}"


KeyT = TypeVar("KeyT", bound="RandomKey")


class RandomKeyQuerySet(models.QuerySet[KeyT]):
    def living(self) -> Self:
        """Return the keys that are not destroyed; suspended ones live."""
        return self.filter(destroyed_at__isnull=True)


class RandomKey(models.Model):
    """A random key, wrapped by a purpose key, that is destroyed alone by forgetting its wrap.

    `generation` counts the keys that one owner had. A suspended key (NIST SP 800-57 part 1 section 7.3) is whole and
    opens nothing until it is resumed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # A destroyed key keeps it until its epoch is emptied: so the rows of a purpose key are the wraps made with it.
    purpose_key = models.ForeignKey(PurposeKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    generation = models.PositiveIntegerField(default=1)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            # A destroyed key has no wrap, and a living key has one that opens: nothing in between.
            models.CheckConstraint(
                condition=models.Q(wrapped__isnull=True, destroyed_at__isnull=False, suspended_at__isnull=True)
                | models.Q(wrapped__isnull=False, destroyed_at__isnull=True, purpose_key__isnull=False),
                name="%(app_label)s_%(class)s_destroyed_has_no_wrap",
            ),
        ]
        indexes: ClassVar = [
            # Rewrapping walks through the keys of one purpose key in this order.
            models.Index(fields=["purpose_key", "id"], name="%(app_label)s_%(class)s_by_purpose"),
        ]


class ConsentKey(RandomKey):
    """The key that a consent is: every copy shared under the consent is sealed to it.

    `Consent.key_generation` says which of its generations is the one in use.
    """

    consent_id = models.UUIDField()

    objects: ClassVar = RandomKeyQuerySet.as_manager()

    class Meta(RandomKey.Meta):
        constraints: ClassVar = [
            *RandomKey.Meta.constraints,
            models.UniqueConstraint(fields=["consent_id", "generation"], name="keys_consent_key_once"),
        ]

    def __str__(self) -> str:
        return f"key of consent {self.consent_id}"


class VaultKey(RandomKey):
    """The key of a citizen's own vault; destroying it erases the vault."""

    citizen_id = models.UUIDField(unique=True)

    objects: ClassVar = RandomKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"vault key of citizen {self.citizen_id}"


class DisclosureKey(RandomKey):
    """The key that staff names in the log are sealed to, one an organisation, opened only by rule."""

    organisation_id = models.UUIDField(unique=True)

    objects: ClassVar = RandomKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"disclosure key of organisation {self.organisation_id}"
