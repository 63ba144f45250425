"""On whose behalf staff and systems act: the recipient side of every decision."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff, or a system of an organisation, with the role it acts in.

    `sealed_name` is the name as the log keeps it: only the disclosure key of the organisation opens it
    (CJEU C-579/21: the citizen sees the organisation and the role, not the employee).
    """

    organisation_id: UUID
    oin: str
    role: str
    department: str
    sealed_name: bytes
    account_id: UUID | None = None
    client_id: UUID | None = None

    @property
    def id(self) -> UUID:
        """The account or the client that acts."""
        found = self.account_id or self.client_id
        assert found is not None
        return found
