"""What comes of asking for a release: a logged decision, and the data if it allows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from consent.verdict import Verdict
from consent.verdict_sentences import sentence
from sharing.errors import ReleaseRefused


@dataclass(frozen=True, slots=True)
class Released:
    """What the recipient gets: {full field name: value}, and which granted fields are not filled in.

    Where the citizen shares an answer instead of a value, it stands in `answers`, and `derivations` says to which
    question of the dataset. Of the fields in `files` the value is {"id", "mediaType", "size"}: their bytes are read
    under this release, for a limited time. `delete_before` is None where the consent does not say how long it may be
    kept.
    """

    id: UUID
    request_id: UUID
    pseudonym: str
    purpose: str
    released_at: datetime
    data: dict[str, Any] = field(repr=False)
    answers: dict[str, bool] = field(repr=False)
    derivations: dict[str, str]
    absent: tuple[str, ...]
    files: frozenset[str]
    uses_left: int | None
    valid_until: datetime
    delete_before: datetime | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class ReleaseOutcome:
    """The logged decision. `verdicts` are those that the recipient may see; `released` is None when refused.

    `promise` is a signed note: that the entry will stand in the log in time (`audit.signing.promise`).
    """

    entry_id: UUID
    leaf_hash: bytes
    promise: str
    verdicts: tuple[Verdict, ...]
    released: Released | None = field(repr=False)

    def data_or_refusal(self) -> Released:
        """Return what was released; raise ReleaseRefused, whose entry is stored already."""
        if self.released is not None:
            return self.released
        raise ReleaseRefused(
            " ".join(sentence(v.code, v.holds, v.params) for v in self.verdicts if not v.holds),
            params={"verdicts": [verdict.as_dict() for verdict in self.verdicts]},
            entry_id=self.entry_id,
            promise=self.promise,
        )
