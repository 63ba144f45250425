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

Pair = tuple[bytes, str]
"""The sealed name of an employee and the pseudonym of a citizen."""

Relation = Literal["self", "colleague", "acts-for", "acted-for-by"]
"""What a citizen is to an employee: the same person, somebody of the same organisation, somebody that the employee
may act for, or somebody who may act for the employee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at the log.

    - `subject`: a citizen; sees the entries about the pseudonym `subject`, and nothing else.
    - `auditor`: sees the entries of `organisations`, or of every organisation where that is None.
    - `organisation`: a system with a token that has the scope `entries:read`; sees those of `organisations`.
    - `staff`, `anonymous`: see none.

    `privacy_officer_of` are the organisations for which an auditor answers, as their privacy officer, what citizens
    contest.
    The rest says who looked, for the entry that looking leaves behind. `person` tells two people apart within the
    service, where something takes two; it stands in no entry.
    """

    kind: ViewerKind
    subject: str = ""
    organisations: frozenset[str] | None = frozenset()
    privacy_officer_of: frozenset[str] = frozenset()
    organisation: str = ""
    role: str = ""
    department: str = ""
    user_sealed: bytes = b""
    # An opaque key of the person, the same in every role: for what takes two people, and for what is one's own.
    person: str = ""

    @property
    def account(self) -> UUID | None:
        """The same key, for what is kept under it."""
        return UUID(self.person) if self.person else None


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

    def reason_titles(self, codes: Collection[str]) -> Mapping[str, str]:
        """Title the reasons of refusals, without what differs from one to another; unknown ones are left out."""
        ...

    def account_names(self, accounts: Collection[UUID]) -> Mapping[UUID, str]:
        """Name those who oversee, by `Viewer.account`, for their colleagues; unknown ones are left out."""
        ...

    def relations(self, pairs: Collection[Pair], organisation: str) -> Mapping[Pair, Relation]:
        """Say who is near to whom, of employees of `organisation`.

        What the service does not know, or is no relation, is left out.
        """
        ...

    def sentences(
        self, verdicts: Sequence[Mapping[str, Any]], language: str, field_titles: Mapping[str, str]
    ) -> Sequence[str]:
        """Say each verdict (`code`, `holds`, `params`) in a sentence for citizen and auditor, in order."""
        ...

    def seal_words(self, subject: str, label: str, words: str) -> bytes:
        """Seal what was written to or by a citizen so that it opens under the same label only, and goes with them.

        Raise NotFound for a pseudonym that is nobody's (any more).
        """
        ...

    def open_words(self, subject: str, sealed: Mapping[str, bytes]) -> Mapping[str, str]:
        """Open what was sealed, by label, with as many queries for one as for a hundred.

        What does not open any more, because the citizen was erased, is left out.
        """
        ...


@cache
def _people(path: str) -> People:
    wired: People = import_string(path)()
    return wired


def people() -> People:
    """Return what the setting AUDIT_PEOPLE wires."""
    return _people(settings.AUDIT_PEOPLE)
