import sqlite3
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from audit.models import Record
from consent.errors import (
    InvalidPurpose,
    PurposeNotEditable,
    PurposeNotInReview,
    PurposeNotPublishable,
    RoleRequired,
)
from consent.models import (
    Consent,
    Dataset,
    DatasetVersion,
    LegalBasis,
    Mail,
    Purpose,
    PurposeField,
    PurposeVersion,
    Role,
)
from consent.notice import notice, notice_hash
from consent.services.bounds import bounds
from consent.services.datasets import publish_dataset
from consent.services.members import add_member
from consent.services.purposes import (
    AskedField,
    ask_review,
    end_pilots,
    publish_purpose,
    retire_purpose,
    return_draft,
    revise_draft,
    sign_assessment,
)
from consent.services.tell_of_version import tell_of_recent_versions, tell_of_version
from tests.cast import Cast, make_cast
from tests.conftest import TestDatabase
from tests.purposes import TEXT, draft, in_review, publish, review_and_publish


def test_a_draft_is_published_by_a_second_person(cast: Cast) -> None:
    version = review_and_publish(cast, draft(cast))
    purpose = Purpose.objects.get(slug="street-works")
    assert purpose.current_version == version
    assert version.notice_hashes == {language: notice_hash(notice(version, language)) for language in ("nl", "en")}
    assert Record.objects.filter(action="consent.purpose-published", purpose="street-works").count() == 1


def test_the_next_draft_gets_the_next_number(cast: Cast) -> None:
    first = review_and_publish(cast, draft(cast))
    assert draft(cast).number == first.number + 1
    assert Purpose.objects.get(slug="street-works").current_version == first


@pytest.mark.parametrize("who", ["femke", "daan"])
def test_nobody_but_a_privacy_officer_publishes(cast: Cast, who: str) -> None:
    version = in_review(cast, draft(cast))
    with pytest.raises(RoleRequired):
        publish_purpose(version=version, reviewer=getattr(cast, who).account)


def test_an_officer_who_wrote_it_does_not_publish_it(cast: Cast) -> None:
    version = in_review(cast, draft(cast))
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
        ({"dpia_review_on": date(2020, 1, 1)}, "/dpiaReviewOn"),
        ({"storage_place": {"nl": "Hier."}}, "/storagePlace/en"),
        ({"automated_decisions": {}}, "/automatedDecisions/nl"),
        ({"processing_activity": ""}, "/processingActivity"),
        ({"pilot_ends_on": date(2999, 1, 1)}, "/pilotMeasures/nl"),
        ({"pilot_ends_on": date(2020, 1, 1), "pilot_measures": {"nl": "m", "en": "m"}}, "/pilotEndsOn"),
        ({"pilot_measures": {"nl": "m", "en": "m"}}, "/pilotEndsOn"),
    ],
)
def test_what_the_law_asks_for_is_there_or_it_is_not_published(
    cast: Cast, changes: dict[str, Any], pointer: str
) -> None:
    version = draft(cast, **changes)
    with pytest.raises(InvalidPurpose) as caught:
        ask_review(editor=cast.femke.account, version=version)
    assert pointer in {error.pointer for error in caught.value.errors}
    version.refresh_from_db()
    assert version.state == PurposeVersion.State.DRAFT
    # What was in order when the review was asked may no longer be when it is published.
    PurposeVersion.objects.filter(pk=version.pk).update(state=PurposeVersion.State.REVIEW)
    with pytest.raises(InvalidPurpose) as caught:
        publish_purpose(version=version, reviewer=cast.gijs.account)
    assert pointer in {error.pointer for error in caught.value.errors}


def test_a_field_that_the_dataset_does_not_have_is_not_published(cast: Cast) -> None:
    version = draft(cast, fields=[AskedField(cast.household, "/rooms", required=False, reason={"nl": "r", "en": ""})])
    with pytest.raises(InvalidPurpose) as caught:
        ask_review(editor=cast.femke.account, version=version)
    assert {error.code for error in caught.value.errors} == {"reason-missing", "unknown-field"}


def test_retiring_is_done_once_by_an_officer(cast: Cast) -> None:
    with pytest.raises(RoleRequired):
        retire_purpose(purpose=cast.energy.purpose, officer=cast.daan.account)
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    assert not Purpose.objects.in_force().filter(slug="energy-allowance").exists()
    assert Record.objects.filter(action="consent.purpose-retired").count() == 1


def test_a_draft_goes_to_review_and_comes_back_with_remarks(cast: Cast) -> None:
    version = draft(cast)
    with pytest.raises(PurposeNotPublishable):
        publish_purpose(version=version, reviewer=cast.gijs.account)
    in_review(cast, version)
    with pytest.raises(PurposeNotEditable):
        revise_draft(editor=cast.femke.account, version=version, fields=[], retention_days=1)
    with pytest.raises(InvalidPurpose):
        return_draft(officer=cast.gijs.account, version=version, remarks="  ")
    for _twice in range(2):
        returned = return_draft(officer=cast.gijs.account, version=version, remarks="Shorter, please.")
    assert (returned.state, returned.remarks) == (PurposeVersion.State.DRAFT, "Shorter, please.")
    with pytest.raises(PurposeNotInReview):
        sign_assessment(officer=cast.gijs.account, version=version)
    fields = [AskedField(cast.income, "/year", required=True, reason={"nl": "r", "en": "r"})]
    revise_draft(editor=cast.femke.account, version=version, fields=fields, retention_days=7)
    published = review_and_publish(cast, version)
    assert (published.retention_days, [field.name for field in published.fields.all()]) == (7, ["income#/year"])
    actions = Record.objects.filter(purpose="street-works").order_by("entry_id").values_list("action", flat=True)
    assert list(actions) == [
        "consent.purpose-drafted",
        "consent.purpose-review-asked",
        "consent.purpose-returned",
        "consent.purpose-revised",
        "consent.purpose-review-asked",
        "consent.purpose-published",
    ]


def test_consent_as_a_basis_takes_a_signed_assessment(cast: Cast) -> None:
    version = draft(cast, legal_basis=LegalBasis.CONSENT, power_imbalance_assessment="Nobody needs to.")
    ask_review(editor=cast.femke.account, version=version)
    with pytest.raises(InvalidPurpose) as caught:
        publish_purpose(version=version, reviewer=cast.gijs.account)
    assert [error.code for error in caught.value.errors] == ["assessment-not-signed"]
    with pytest.raises(RoleRequired):
        sign_assessment(officer=cast.femke.account, version=version)
    first = sign_assessment(officer=cast.gijs.account, version=version)
    again = sign_assessment(officer=cast.gijs.account, version=version)
    assert first.assessment_signed_by == cast.gijs.account
    assert again.assessment_signed_at == first.assessment_signed_at
    assert Record.objects.filter(action="consent.purpose-assessment-signed", purpose="street-works").count() == 1
    return_draft(officer=cast.gijs.account, version=version, remarks="Again.")
    version.refresh_from_db()
    assert version.assessment_signed_at is None


def test_only_its_author_changes_a_draft(cast: Cast) -> None:
    other = add_member(
        subject="other", display_name="O", organisation=cast.municipality, role=Role.PURPOSE_EDITOR, department="d"
    )
    version = draft(cast)
    with pytest.raises(RoleRequired):
        revise_draft(editor=other.account, version=version, fields=[], retention_days=1)
    with pytest.raises(RoleRequired):
        ask_review(editor=other.account, version=version)


def test_special_data_takes_a_whole_sentence(cast: Cast) -> None:
    special = publish_dataset(
        organisation=cast.municipality,
        slug="health",
        kind=Dataset.Kind.RECORD,
        title={"nl": "g", "en": "h"},
        schema={**cast.household.schema, "properties": {"illness": {"type": "string"}}},
        fields=[
            {
                "pointer": "/illness",
                "title": {"nl": "z", "en": "i"},
                "category": "pd:Health",
                "sensitivity": "special",
            }
        ],
    )
    short = draft(cast, fields=[AskedField(special, "/illness", required=True, reason={"nl": "Nodig.", "en": "Need."})])
    with pytest.raises(InvalidPurpose) as caught:
        ask_review(editor=cast.femke.account, version=short)
    assert [error.code for error in caught.value.errors] == ["special-reason-missing"]
    reason = dict.fromkeys(("nl", "en"), "Without this we cannot choose a home that fits.")
    publish(cast, "home", fields=[AskedField(special, "/illness", required=True, reason=reason)])


def test_a_pilot_ends_after_its_last_day(cast: Cast) -> None:
    last = timezone.localdate() + timedelta(days=3)
    version = publish(cast, "pilot", pilot_ends_on=last, pilot_measures={"nl": "m", "en": "m"})
    consents_end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    assert bounds(version, timezone.now()).latest_end == consents_end
    assert notice(version, "nl")["pilot"] == {"endsOn": last.isoformat(), "measures": "m"}
    assert end_pilots(consents_end - timedelta(seconds=1)) == 0
    assert end_pilots(consents_end) == 1
    assert end_pilots(consents_end) == 0
    assert Record.objects.get(action="consent.purpose-retired", purpose="pilot").reason == "pilot-ended"


def test_the_next_version_changes_no_consent_and_tells_who_stands_on_the_older_one(cast: Cast) -> None:
    consent = cast.grant()
    before = (consent.version, consent.conditions, consent.purpose_version_id)
    later = publish(cast, "energy-allowance")
    for _twice in range(2):
        assert tell_of_version(later.pk) == 1
        assert tell_of_recent_versions() == 1
    consent.refresh_from_db()
    assert (consent.version, consent.conditions, consent.purpose_version_id) == before
    assert Mail.objects.get(kind=Mail.Kind.VERSION_CHANGED).citizen == cast.anna
    assert tell_of_version(cast.energy.pk) == 0


def frozen(statement: Any) -> None:
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        statement()


def test_a_version_is_published_once_and_never_after_a_newer_one(cast: Cast) -> None:
    older, newer = draft(cast), draft(cast)
    in_review(cast, older)
    review_and_publish(cast, newer)
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
