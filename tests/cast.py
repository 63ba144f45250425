"""The people and organisations that the tests speak of, and a purpose between them.

Anna and Bram are citizens; Carla was never here. Daan asks for data at the municipality, Eva at the police. Femke
writes the municipality's purposes, Gijs reviews them, Hanna audits. The energy allowance needs Anna's household size
and asks for her income.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.utils import timezone

from consent.keys.epoch import start_epoch
from consent.models import (
    Citizen,
    Client,
    Consent,
    Dataset,
    DatasetVersion,
    LegalBasis,
    Member,
    Organisation,
    PurposeVersion,
    Role,
)
from consent.services.answer import grant_consent
from consent.services.citizens import find_or_register_citizen
from consent.services.members import add_client, add_member
from consent.services.purposes import AskedField, ask_review, draft_purpose, publish_purpose, sign_assessment
from sharing.models import Request
from sharing.services.request import create_request
from sharing.services.vault import store_record

if TYPE_CHECKING:
    from tests.conftest import CastTemplate

ANNA_BSN = "999990342"
BRAM_BSN = "999993653"
CARLA_BSN = "999990019"

SIZE = "household#/size"
INCOME = "income#/amount"
YEAR = "income#/year"
ANNA_INCOME = 23_450
CLIENT_SECRET = "a secret for tests only, longer than any guess"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and the published version of the purpose `energy-allowance`."""

    municipality: Organisation
    police: Organisation
    anna: Citizen
    bram: Citizen
    daan: Member
    eva: Member
    femke: Member
    gijs: Member
    hanna: Member
    municipal_system: Client
    police_system: Client
    household: DatasetVersion
    income: DatasetVersion
    energy: PurposeVersion

    def terms(self, **other: Any) -> dict[str, Any]:
        """Return terms that are within the purpose: all fields, a week, the municipality; `other` replaces them."""
        return {
            "validUntil": (timezone.now() + timedelta(days=7)).isoformat(),
            "fields": [SIZE, INCOME],
            "recipients": [{"oin": self.municipality.oin}],
            **other,
        }

    def grant(
        self,
        citizen: Citizen | None = None,
        terms: Mapping[str, Any] | None = None,
        replaces: UUID | None = None,
        **other: Any,
    ) -> Consent:
        """Grant the energy allowance, as Anna unless told otherwise."""
        return grant_consent(
            citizen=citizen or self.anna,
            purpose_version_id=self.energy.pk,
            terms=terms or self.terms(**other),
            language="nl",
            notice_hash=self.energy.notice_hashes["nl"],
            replaces=replaces,
        )

    def ask(self, *fields: str, bsn: str = ANNA_BSN, case: str = "Z-2026-1") -> Request:
        """Ask, as Daan, for fields of the citizen with `bsn`: both that Anna grants, unless told otherwise."""
        return create_request(
            actor=self.daan.as_actor(), purpose="energy-allowance", fields=fields or (SIZE, INCOME), case=case, bsn=bsn
        )


def make_cast(household: Mapping[str, Any] | None = None) -> Cast:
    """Bring the cast on stage through the services, in whatever database is the default one.

    `household` replaces the JSON Schema properties of the dataset; then Anna has not filled it in.
    """
    start_epoch()
    municipality = _organisation("00000001234567890000", "Gemeente Voorbeeldstad", Organisation.Kind.MUNICIPALITY)
    police = _organisation("00000009876543210000", "Politie", Organisation.Kind.POLICE)
    anna = find_or_register_citizen(bsn=ANNA_BSN, display_name="Anna de Vries")
    bram = find_or_register_citizen(bsn=BRAM_BSN, display_name="Bram Yilmaz")
    femke = _member("femke", municipality, Role.PURPOSE_EDITOR)
    gijs = _member("gijs", municipality, Role.PRIVACY_OFFICER)
    household_version = _dataset(municipality, "household", household or {"size": {"type": "integer", "minimum": 1}})
    income = _dataset(
        municipality, "income", {"amount": {"type": "integer", "minimum": 0}, "year": {"type": "integer"}}
    )
    if household is None:
        store_record(citizen=anna, dataset_version=household_version, content={"size": 3})
    store_record(citizen=anna, dataset_version=income, content={"amount": ANNA_INCOME, "year": 2025})
    draft = draft_purpose(
        author=femke.account,
        organisation=municipality,
        slug="energy-allowance",
        texts={language: _texts(language) for language in ("nl", "en")},
        legal_basis=LegalBasis.CONSENT,
        fields=[
            AskedField(
                household_version, "/size", required=True, reason={"nl": "Wie er woont telt mee.", "en": "Size counts."}
            ),
            AskedField(income, "/amount", required=False, reason={"nl": "Inkomen telt mee.", "en": "Income counts."}),
            AskedField(income, "/year", required=False, reason={"nl": "Welk jaar.", "en": "Which year."}),
        ],
        recipients=[municipality.oin],
        longest_validity_days=365,
        most_uses=5000,
        retention_days=90,
        processing_activity="https://voorbeeldstad.example/processing/energy-allowance",
        dpia_reference="DPIA-2026-01",
        dpia_review_on=timezone.localdate() + timedelta(days=365),
        storage_place={"nl": "Bij de gemeente, in Nederland.", "en": "At the municipality, in the Netherlands."},
        automated_decisions={"nl": "Een mens beslist.", "en": "A person decides."},
        power_imbalance_assessment="Who says no applies on paper and gets the same answer.",
    )
    ask_review(editor=femke.account, version=draft)
    sign_assessment(officer=gijs.account, version=draft)
    return Cast(
        municipality=municipality,
        police=police,
        anna=anna,
        bram=bram,
        daan=_member("daan", municipality, Role.REQUESTER),
        eva=_member("eva", police, Role.REQUESTER),
        femke=femke,
        gijs=gijs,
        hanna=_member("hanna", municipality, Role.AUDITOR),
        municipal_system=_client("municipal-system", municipality),
        police_system=_client("police-system", police),
        household=household_version,
        income=income,
        energy=publish_purpose(version=draft, reviewer=gijs.account),
    )


@pytest.fixture
def cast(db: None, cast_template: "CastTemplate") -> Iterator[Cast]:
    """The cast in a transaction that is rolled back."""
    yield deepcopy(cast_template.cast)
    # What is counted for the cast, such as wrong secrets, counts for this test alone.
    cache.clear()


@pytest.fixture
def committed_cast(committed_db: object, cast_template: "CastTemplate") -> Cast:
    """The cast in a database of the test's own, for tests that commit."""
    return deepcopy(cast_template.cast)


def _organisation(oin: str, name: str, kind: Organisation.Kind) -> Organisation:
    return Organisation.objects.create(
        oin=oin,
        name=name,
        kind=kind,
        address="Stadhuisplein 1, Voorbeeldstad",
        contact="info@voorbeeldstad.example",
        privacy_contact="fg@voorbeeldstad.example",
    )


def _member(subject: str, organisation: Organisation, role: Role) -> Member:
    return add_member(
        subject=subject,
        display_name=f"{subject.title()} Jansen",
        organisation=organisation,
        role=role,
        department="werk-en-inkomen",
    )


def _client(client_id: str, organisation: Organisation) -> Client:
    return add_client(
        client_id=client_id,
        client_secret=CLIENT_SECRET,
        name=client_id,
        organisation=organisation,
        department="werk-en-inkomen",
    )


def _dataset(organisation: Organisation, slug: str, properties: Mapping[str, Any]) -> DatasetVersion:
    return DatasetVersion.objects.create(
        dataset=Dataset.objects.create(organisation=organisation, slug=slug, kind=Dataset.Kind.RECORD),
        number=1,
        title={"nl": slug.title(), "en": slug.title()},
        schema={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": dict(properties),
            "additionalProperties": False,
        },
        fields=[
            {
                "pointer": f"/{name}",
                "title": {"nl": name.title(), "en": name.title()},
                "category": "pd:Income",
                "sensitivity": "ordinary",
            }
            for name in properties
        ],
    )


def _texts(language: str) -> dict[str, str]:
    return {
        "title": {"nl": "Energietoeslag", "en": "Energy allowance"}[language],
        "summary": {"nl": "Geld voor uw energierekening.", "en": "Money for your energy bill."}[language],
        "why": {"nl": "Wij rekenen uit of u geld krijgt.", "en": "We work out whether you get money."}[language],
        "refusing": {"nl": "Dan vraagt u het op papier.", "en": "Then you apply on paper."}[language],
    }
