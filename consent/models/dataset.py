from typing import Any, ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.organisation import Organisation


class Dataset(models.Model):
    """The definition of something that citizens can share, in numbered versions."""

    class Kind(models.TextChoices):
        RECORD = "record"
        FILE = "file"
        PRESENCE = "presence"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="datasets")
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)

    def __str__(self) -> str:
        return self.slug


class DatasetVersion(models.Model):
    """One published shape of a dataset, as a JSON Schema 2020-12 and the fields that it lets people share.

    `fields` is a list of {pointer, title: {nl, en}, category, sensitivity}: pointer is a JSON Pointer
    (RFC 6901) into an instance, category a DPV personal data category, sensitivity one of
    "ordinary", "sensitive" or "special" (GDPR articles 9 and 10). `derivations` is a list of {name, pointer,
    title: {nl, en}, rule}: the questions that can be answered with yes or no from the value at `pointer`, with the
    rules of `consent.derivation`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.JSONField()
    schema = models.JSONField()
    fields = models.JSONField()
    derivations = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            # A version is cited by number in consents and sealed items.
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} version {self.number}"

    def field(self, pointer: str) -> dict[str, Any]:
        """Return the definition of the field at `pointer`; raise KeyError when there is none."""
        for definition in self.fields:
            if definition["pointer"] == pointer:
                return dict(definition)
        raise KeyError(pointer)

    def derivation(self, name: str) -> dict[str, Any]:
        """Return the definition of the yes-or-no question `name`; raise KeyError when there is none."""
        for definition in self.derivations:
            if definition["name"] == name:
                return dict(definition)
        raise KeyError(name)
