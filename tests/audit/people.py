"""Stands in for the people of the other apps: the audit app knows them by its protocol only."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest

from audit.people import ANONYMOUS, Pair, Relation, Viewer
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE

AS_ANNA = Viewer(kind="subject", subject=ANNA)
AS_BRAM = Viewer(kind="subject", subject=BRAM)
AS_HANNA = Viewer(
    kind="auditor",
    organisations=frozenset({MUNICIPALITY}),
    organisation=MUNICIPALITY,
    role="auditor",
    user_sealed=b"the sealed name of Hanna",
    person="01933b6e-0000-7000-8000-00000000000a",
)
AS_PIET = Viewer(
    kind="auditor",
    organisations=frozenset({MUNICIPALITY}),
    organisation=MUNICIPALITY,
    role="privacy-officer",
    user_sealed=b"the sealed name of Piet",
    person="piet",
)
AS_POLICE_SYSTEM = Viewer(kind="organisation", organisations=frozenset({POLICE}), organisation=POLICE)
AS_DAAN = Viewer(kind="staff", organisation=MUNICIPALITY, role="requester")


class PeopleOfTests:
    looking: ClassVar[Viewer] = ANONYMOUS
    questions: ClassVar[list[str]] = []
    related: ClassVar[dict[Pair, Relation]] = {}

    def viewer(self, request: HttpRequest) -> Viewer:
        return self.looking

    def organisation_names(self, oins: Collection[str]) -> Mapping[str, str]:
        self.questions.append("organisation names")
        return {MUNICIPALITY: "Almere"} if MUNICIPALITY in oins else {}

    def purpose_titles(self, version_ids: Collection[UUID]) -> Mapping[UUID, str]:
        self.questions.append("purpose titles")
        return {version_id: f"Title {version_id.int % 100}" for version_id in version_ids}

    def processing_activities(self, version_ids: Collection[UUID]) -> Mapping[UUID, str]:
        return {version_id: f"https://register.example/{version_id}" for version_id in version_ids}

    def purpose_choices(self) -> Mapping[str, str]:
        return {"energy-allowance": "Energy allowance", "street-works": "Street works"}

    def role_choices(self) -> Mapping[str, str]:
        return {"requester": "case worker", "auditor": "auditor"}

    def role_titles(self, roles: Collection[str]) -> Mapping[str, str]:
        return {"requester": "case worker"} if "requester" in roles else {}

    def dataset_titles(self, slugs: Collection[str]) -> Mapping[str, str]:
        return {slug: f"Title of {slug}" for slug in slugs}

    def field_titles(self, version_ids: Collection[UUID]) -> Mapping[str, str]:
        self.questions.append("field titles")
        return {"income#/amount": "Income"} if version_ids else {}

    def who_acted(self, references: Collection[str]) -> Mapping[str, str]:
        return {}

    def seal_words(self, subject: str, label: str, words: str) -> bytes:
        return f"{subject}|{label}|{words}".encode()

    def open_words(self, subject: str, sealed: Mapping[str, bytes]) -> Mapping[str, str]:
        opened = {}
        for label, words in sealed.items():
            whose, under, opened[label] = words.decode().split("|", 2)
            assert (whose, under) == (subject, label), "these words were sealed for another place"
        return opened

    def reason_titles(self, codes: Collection[str]) -> Mapping[str, str]:
        return {"uses": "No uses left"} if "uses" in codes else {}

    def account_names(self, accounts: Collection[UUID]) -> Mapping[UUID, str]:
        return {account: "Hanna" for account in accounts if account == AS_HANNA.account}

    def relations(self, pairs: Collection[Pair], organisation: str) -> Mapping[Pair, Relation]:
        return {pair: relation for pair, relation in self.related.items() if pair in pairs}

    def sentences(
        self, verdicts: Sequence[Mapping[str, Any]], language: str, field_titles: Mapping[str, str]
    ) -> Sequence[str]:
        self.questions.append("sentences")
        return [f"{verdict['code']} in {language}" for verdict in verdicts]
