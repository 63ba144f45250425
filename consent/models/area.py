from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.organisation import Organisation


class Area(models.Model):
    """A neighbourhood that citizens know by name, as H3 cells: what the term "only in this area" is chosen from.

    `title` is {language: name}; `cells` a list of H3 indexes (15 hexadecimal digits), all of one resolution.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="areas", db_index=False)
    slug = models.SlugField(max_length=60)
    title = models.JSONField()
    cells = models.JSONField()

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            # A neighbourhood is chosen by its name on the page.
            models.UniqueConstraint(fields=["organisation", "slug"], name="area_once"),
        ]

    def __str__(self) -> str:
        return self.slug
