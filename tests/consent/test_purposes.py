import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction

from audit.models import Record
from consent.errors import InvalidPurpose, PurposeNotPublishable, RoleRequired
from consent.models import Consent, DatasetVersion, LegalBasis, Purpose, PurposeField, PurposeVersion
from consent.notice import notice, notice_hash
from consent.services.purposes import AskedField, publish_purpose, retire_purpose
from tests.cast import Cast, make_cast
from tests.conftest import TestDatabase
from tests.purposes import TEXT, draft


def test_a_draft_is_published_by_a_second_person(cast: Cast) -> None:
    version = publish_purpose(version=draft(cast), reviewer=cast.gijs.account)
    purpose = Purpose.objects.get(slug="street-works")
    assert purpose.current_version == version
    assert version.notice_hashes == {language: notice_hash(notice(version, language)) for language in ("nl", "en")}
    assert Record.objects.filter(action="consent.purpose-published", purpose="street-works").count() == 1


def test_the_next_draft_gets_the_next_number(cast: Cast) -> None:
    first = publish_purpose(version=draft(cast), reviewer=cast.gijs.account)
    assert draft(cast).number == first.number + 1
    assert Purpose.objects.get(slug="street-works").current_version == first


@pytest.mark.parametrize("who", ["femke", "daan"])
def test_nobody_but_a_privacy_officer_publishes(cast: Cast, who: str) -> None:
    with pytest.raises(RoleRequired):
        publish_purpose(version=draft(cast), reviewer=getattr(cast, who).account)


def test_an_officer_who_wrote_it_does_not_publish_it(cast: Cast) -> None:
    version = draft(cast)
    PurposeVersion.objects.filter(pk=version.pk).update(author=cast.gijs.account)
    with pytest.raises(RoleRequired):
        publish_purpose(version=version, reviewer=cast.gijs.account)


def test_only_an_editor_of_the_organisation_drafts(cast: Cast) -> None:
    with pytest.raises(RoleRequired):
        draft(cast, author=cast.daan.account)
    with pytest.raises(RoleRequired):
        draft(cast, organisation=cast.police)


def test_a_slug_belongs_to_one_organisation(cast: Cast) -> None:
    Purpose.objects.create(slug="of-the-police", organisation=cast.police)
    with pytest.raises(InvalidPurpose):
        draft(cast, slug="of-the-police")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"texts": {"nl": TEXT, "en": {**TEXT, "why": ""}}}, "/texts/en/why"),
        ({"texts": {"nl": TEXT}}, "/texts/en/title"),
        ({"legal_basis": LegalBasis.CONSENT}, "/powerImbalanceAssessment"),
        ({"dpia_reference": ""}, "/dpiaReference"),
        ({"longest_validity_days": 0}, "/longestValidityDays"),
        ({"longest_validity_days": 2_000_000_000}, "/longestValidityDays"),
        ({"dpia_review_on": None}, "/dpiaReference"),
        ({"recipients": []}, "/recipients"),
        ({"recipients": ["00000000000000000001"]}, "/recipients/0"),
        ({"fields": []}, "/fields"),
    ],
)
def test_what_the_law_asks_for_is_there_or_it_is_not_published(
    cast: Cast, changes: dict[str, Any], pointer: str
) -> None:
    version = draft(cast, **changes)
    with pytest.raises(InvalidPurpose) as caught:
        publish_purpose(version=version, reviewer=cast.gijs.account)
    assert pointer in {error.pointer for error in caught.value.errors}
    version.refresh_from_db()
    assert version.state == PurposeVersion.State.DRAFT


def test_a_field_that_the_dataset_does_not_have_is_not_published(cast: Cast) -> None:
    version = draft(cast, fields=[AskedField(cast.household, "/rooms", required=False, reason={"nl": "r", "en": ""})])
    with pytest.raises(InvalidPurpose) as caught:
        publish_purpose(version=version, reviewer=cast.gijs.account)
    assert {error.code for error in caught.value.errors} == {"reason-missing", "unknown-field"}


def test_retiring_is_done_once_by_an_officer(cast: Cast) -> None:
    with pytest.raises(RoleRequired):
        retire_purpose(purpose=cast.energy.purpose, officer=cast.daan.account)
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    assert not Purpose.objects.in_force().filter(slug="energy-allowance").exists()
    assert Record.objects.filter(action="consent.purpose-retired").count() == 1


def frozen(statement: Any) -> None:
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        statement()


def test_a_version_is_published_once_and_never_after_a_newer_one(cast: Cast) -> None:
    older, newer = draft(cast), draft(cast)
    publish_purpose(version=newer, reviewer=cast.gijs.account)
    for version in (newer, older):
        with pytest.raises(PurposeNotPublishable):
            publish_purpose(version=version, reviewer=cast.gijs.account)
    assert Purpose.objects.get(slug="street-works").current_version == newer


def test_a_retired_purpose_is_not_published_again(cast: Cast) -> None:
    version = draft(cast)
    retire_purpose(purpose=version.purpose, officer=cast.gijs.account)
    with pytest.raises(PurposeNotPublishable):
        publish_purpose(version=version, reviewer=cast.gijs.account)


def test_retiring_makes_releases_decide_again(cast: Cast) -> None:
    consent = cast.grant()
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    assert Consent.objects.get(pk=consent.pk).version == consent.version + 1


def refuse_every_change(cast: Cast) -> None:
    version = PurposeVersion.objects.filter(pk=cast.energy.pk)
    fields = PurposeField.objects.filter(version=cast.energy)
    frozen(lambda: version.update(retention_days=9999))
    frozen(lambda: version.update(state=PurposeVersion.State.DRAFT))
    frozen(lambda: fields.update(required=False))
    frozen(lambda: fields.delete())
    frozen(
        lambda: PurposeField.objects.create(
            version=cast.energy,
            dataset_version=cast.income,
            position=9,
            name="income#/more",
            required=False,
            reason={},
        )
    )
    frozen(lambda: DatasetVersion.objects.filter(pk=cast.income.pk).update(fields=[]))


def test_the_database_refuses_every_change_to_what_was_published(cast: Cast) -> None:
    refuse_every_change(cast)


def test_sqlite_refuses_it_too(sqlite_db: object) -> None:
    refuse_every_change(make_cast())


@pytest.mark.parametrize("table", ["consent_purposeversion", "consent_purposefield", "consent_datasetversion"])
def test_sqlite_replaces_nothing_that_was_published(sqlite_db: Path, table: str) -> None:
    make_cast()
    with sqlite3.connect(sqlite_db) as file, pytest.raises(sqlite3.IntegrityError, match="never changes"):
        file.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608 named above


@pytest.mark.parametrize("table", ["consent_purposeversion", "consent_purposefield", "consent_datasetversion"])
def test_not_even_the_owner_truncates(committed_cast: Cast, database: TestDatabase, table: str) -> None:
    with database.connect() as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(f"TRUNCATE {table} CASCADE")
