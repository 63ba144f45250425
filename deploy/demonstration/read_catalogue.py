"""The demonstration catalogue as it stands in `catalogue/`: organisations, areas, datasets and purposes, in JSON."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).parent / "catalogue"

MUNICIPALITY = "00000099000000001000"
POLICE = "00000099000000002000"


@dataclass(frozen=True, slots=True)
class CataloguedMember:
    """One person on the staff of an organisation; `subject` is the name that the identity provider would give."""

    subject: str
    name: str
    department: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CataloguedClient:
    """A system of an organisation that calls the API."""

    client_id: str
    name: str
    department: str


@dataclass(frozen=True, slots=True)
class CataloguedOrganisation:
    oin: str
    name: str
    kind: str
    address: str
    contact: str
    privacy_contact: str
    departments: tuple[dict[str, Any], ...]
    members: tuple[CataloguedMember, ...]
    clients: tuple[CataloguedClient, ...]


@dataclass(frozen=True, slots=True)
class CataloguedArea:
    """A neighbourhood as `consent.services.organisations.name_area` takes it; `organisation` is an OIN."""

    organisation: str
    slug: str
    title: dict[str, str]
    cells: list[str]


@dataclass(frozen=True, slots=True)
class CataloguedDataset:
    """A dataset as `consent.services.datasets.publish_dataset` takes it; `organisation` is an OIN."""

    slug: str
    organisation: str
    kind: str
    title: dict[str, str]
    schema: dict[str, Any]
    fields: list[dict[str, Any]]
    derivations: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CataloguedField:
    dataset: str
    pointer: str
    required: bool
    reason: dict[str, str]
    answer: str


@dataclass(frozen=True, slots=True)
class CataloguedPurpose:
    """A purpose as `consent.services.purposes.draft_purpose` takes it; organisations are OINs.

    Days are counted from the day of loading: a demonstration must not go out of date.
    """

    slug: str
    organisation: str
    legal_basis: str
    power_imbalance_assessment: str
    recipients: tuple[str, ...]
    longest_validity_days: int
    most_uses: int | None
    retention_days: int
    dpia_reference: str
    dpia_reviewed_within: timedelta
    processing_activity: str
    storage_place: dict[str, str]
    decides_automatically: bool
    automated_decisions: dict[str, str]
    pilot_lasts: timedelta | None
    pilot_measures: dict[str, str]
    texts: dict[str, dict[str, str]]
    fields: tuple[CataloguedField, ...]


def read_organisations() -> list[CataloguedOrganisation]:
    return [
        CataloguedOrganisation(
            oin=found["oin"],
            name=found["name"],
            kind=found["kind"],
            address=found["address"],
            contact=found["contact"],
            privacy_contact=found["privacyContact"],
            departments=tuple(found["departments"]),
            members=tuple(
                CataloguedMember(member["subject"], member["name"], member["department"], tuple(member["roles"]))
                for member in found["members"]
            ),
            clients=tuple(
                CataloguedClient(client["clientId"], client["name"], client["department"])
                for client in found["clients"]
            ),
        )
        for found in _json(CATALOGUE / "organisations.json")
    ]


def read_areas() -> list[CataloguedArea]:
    return [
        CataloguedArea(found["organisation"], found["slug"], found["title"], found["cells"])
        for found in _json(CATALOGUE / "areas.json")
    ]


def read_datasets() -> list[CataloguedDataset]:
    return [
        CataloguedDataset(
            slug=found["slug"],
            organisation=found["organisation"],
            kind=found["kind"],
            title=found["title"],
            schema=found["schema"],
            fields=found["fields"],
            derivations=found.get("derivations", []),
        )
        for found in map(_json, sorted((CATALOGUE / "datasets").glob("*.json")))
    ]


def read_purposes() -> list[CataloguedPurpose]:
    return [_purpose(_json(file)) for file in sorted((CATALOGUE / "purposes").glob("*.json"))]


def _purpose(found: dict[str, Any]) -> CataloguedPurpose:
    pilot = found.get("pilot")
    return CataloguedPurpose(
        slug=found["slug"],
        organisation=found["organisation"],
        legal_basis=found["legalBasis"],
        power_imbalance_assessment=found["powerImbalanceAssessment"],
        recipients=tuple(found["recipients"]),
        longest_validity_days=found["longestValidityDays"],
        most_uses=found["mostUses"],
        retention_days=found["retentionDays"],
        dpia_reference=found["dpia"]["reference"],
        dpia_reviewed_within=timedelta(days=found["dpia"]["reviewWithinDays"]),
        processing_activity=found["processingActivity"],
        storage_place=found["storagePlace"],
        decides_automatically=found["automatedDecisions"]["decides"],
        automated_decisions=found["automatedDecisions"]["text"],
        pilot_lasts=None if pilot is None else timedelta(days=pilot["lastsDays"]),
        pilot_measures={} if pilot is None else pilot["measures"],
        texts=found["texts"],
        fields=tuple(_field(field) for field in found["fields"]),
    )


def _field(found: dict[str, Any]) -> CataloguedField:
    dataset, _hash, pointer = found["field"].partition("#")
    return CataloguedField(dataset, pointer, found["required"], found["reason"], found.get("answer", ""))


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
