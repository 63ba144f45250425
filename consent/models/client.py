from typing import Any

from django.db import models
from oauth2_provider.models import AbstractApplication
from uuid_utils.compat import uuid7

from consent.models.member import Role
from consent.models.organisation import Organisation


class Client(AbstractApplication):
    """A system of an organisation that calls the API with a token of its own (RFC 6749 section 4.4)."""

    id = models.UUIDField(  # type: ignore[assignment]  # in place of an integer
        primary_key=True, default=uuid7, editable=False
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="clients")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.REQUESTER)
    department = models.CharField(max_length=100)
    sealed_name = models.BinaryField()
    is_active = models.BooleanField(default=True)

    def is_usable(self, request: Any) -> bool:
        """Tell the token endpoint whether this client still gets tokens."""
        return self.is_active
