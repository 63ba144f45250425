"""Stands in for the people of the other apps: the audit app knows them by its protocol only."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest

from audit.people import ANONYMOUS, Viewer
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE

AS_ANNA = Viewer(kind="subject", subject=ANNA)
AS_BRAM = Viewer(kind="subject", subject=BRAM)
AS_HANNA = Viewer(
    kind="auditor",
    organisations=frozenset({MUNICIPALITY}),
    organisation=MUNICIPALITY,
    role="auditor",
    user_sealed=b"the sealed name of Hanna",
    account=UUID("01933b6e-0000-7000-8000-00000000000a"),
)
AS_POLICE_SYSTEM = Viewer(kind="organisation", organisations=frozenset({POLICE}), organisation=POLICE)
AS_DAAN = Viewer(kind="staff", organisation=MUNICIPALITY, role="requester")


class PeopleOfTests:
    looking: ClassVar[Viewer] = ANONYMOUS
    questions: ClassVar[list[str]] = []

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

    def sentences(
        self, verdicts: Sequence[Mapping[str, Any]], language: str, field_titles: Mapping[str, str]
    ) -> Sequence[str]:
        self.questions.append("sentences")
        return [f"{verdict['code']} in {language}" for verdict in verdicts]
