from typing import Self

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from audit.people import Viewer
from audit.search.filters import EntryFilters, filters_from_json


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """An auditor's own, and what colleagues of the same organisation share."""
        if viewer.kind != "auditor" or viewer.account is None:
            return self.none()
        return self.filter(Q(owner=viewer.account) | Q(shared=True, organisation=viewer.organisation))

    def owned_by(self, viewer: Viewer) -> Self:
        return self.visible_to(viewer).filter(owner=viewer.account)


class SavedSearch(models.Model):
    """Filters under a name. `owner` is the account of who saved them, `organisation` the OIN that it is shared in.

    It gives access to nothing: whoever runs it searches among what that auditor may see.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.TextField()
    owner = models.UUIDField()
    name = models.TextField()
    filters = models.JSONField()
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        db_table = "audit_saved_search"
        constraints = [
            # Two of one name could not be told apart in the list.
            models.UniqueConstraint(fields=["owner", "name"], name="saved_search_named_once"),
        ]
        indexes = [models.Index(fields=["organisation"], condition=Q(shared=True), name="saved_search_shared")]

    def __str__(self) -> str:
        return self.name

    @property
    def entry_filters(self) -> EntryFilters:
        return filters_from_json(self.filters)
