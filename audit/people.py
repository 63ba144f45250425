"""What the audit app must know of people, asked of whoever composes the service.

Audit is the ground floor: it knows pseudonyms and OINs and imports neither accounts nor purposes. `deploy`
wires an implementation through the setting `AUDIT_PEOPLE`. Everything is asked in bulk, so that a page of a
hundred entries costs as many queries as a page of one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

ViewerKind = Literal["anonymous", "subject", "auditor", "organisation", "staff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at the log.

    - `subject`: a citizen; sees the entries about the pseudonym `subject`, and nothing else.
    - `auditor`: sees the entries of `organisations`, or of every organisation where that is None.
    - `organisation`: a system with a token that has the scope `entries:read`; sees those of `organisations`.
    - `staff`, `anonymous`: see none.

    The rest says who looked, for the entry that looking leaves behind. `account` is the same for one person at every
    look, and says nothing else: what somebody keeps here is kept under it.
    """

    kind: ViewerKind
    subject: str = ""
    organisations: frozenset[str] | None = frozenset()
    organisation: str = ""
    role: str = ""
    department: str = ""
    user_sealed: bytes = b""
    account: UUID | None = None


ANONYMOUS = Viewer(kind="anonymous")


class People(Protocol):
    def viewer(self, request: HttpRequest) -> Viewer:
        """Tell who is asking. For the API the request is the one that DRF has authenticated."""
        ...

    def organisation_names(self, oins: Collection[str]) -> Mapping[str, str]:
        """Name organisations by OIN in the active language; unknown ones are left out."""
        ...

    def purpose_titles(self, version_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Title purpose versions in the active language; unknown ones are left out."""
        ...

    def processing_activities(self, version_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return the URI of the processing activity of purpose versions, in a register; unknown ones are left out."""
        ...

    def purpose_choices(self) -> Mapping[str, str]:
        """Return {slug: title in the active language} of every purpose that was ever in force."""
        ...

    def role_choices(self) -> Mapping[str, str]:
        """Return {role: title in the active language} of every role there is."""
        ...

    def role_titles(self, roles: Collection[str]) -> Mapping[str, str]:
        """Title roles in the active language; unknown ones are left out."""
        ...

    def field_titles(self, version_ids: Collection[UUID]) -> Mapping[str, str]:
        """Return {full field name: title in the active language} of the fields of these purpose versions."""
        ...

    def dataset_titles(self, slugs: Collection[str]) -> Mapping[str, str]:
        """Title datasets in the active language; unknown ones are left out."""
        ...

    def who_acted(self, references: Collection[str]) -> Mapping[str, str]:
        """Say to the citizen who acted for him or her, by what `Entry.acting_for` says; unknown ones are left out.

        Never for others who read the log: it names people.
        """
        ...

    def sentences(
        self, verdicts: Sequence[Mapping[str, Any]], language: str, field_titles: Mapping[str, str]
    ) -> Sequence[str]:
        """Say each verdict (`code`, `holds`, `params`) in a sentence for citizen and auditor, in order."""
        ...


@cache
def _people(path: str) -> People:
    wired: People = import_string(path)()
    return wired


def people() -> People:
    """Return what the setting AUDIT_PEOPLE wires."""
    return _people(settings.AUDIT_PEOPLE)
