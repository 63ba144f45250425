"""Sharing a file: its data key for the consent, a descriptor in the copy, and nothing of either for anybody else."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from consent.errors import DoesNotOpen, KeyDestroyed
from consent.keys.consent_key import find_consent_key
from consent.models import Consent, DatasetVersion, LegalBasis, PurposeVersion
from consent.services.answer import grant_consent
from consent.services.change import narrow_consent, withdraw_consent
from consent.services.purposes import AskedField, ask_review, draft_purpose, publish_purpose, sign_assessment
from sharing.files.chunked import SealedReader
from sharing.files.keys import content_context, open_from_consent, open_from_vault
from sharing.files.storage import file_storage
from sharing.models import SealedItem, SharedFile, StoredFile
from sharing.services.copies import open_item, preview_shared
from sharing.services.erase import erase_citizen
from sharing.services.export import ask_export, make_export, open_export
from sharing.services.files.collect import collect_files
from sharing.services.files.remove import remove_file
from sharing.services.vault import store_record
from tests.cast import Cast
from tests.pages import signed_in, text_of
from tests.sharing.filing import PLACE, begin, photo, publish_sightings, store

SIGHTING = f"sighting#/{PLACE}"
PICTURE = "sighting#/picture"


@pytest.fixture
def sightings(cast: Cast) -> DatasetVersion:
    return publish_sightings(cast)


@pytest.fixture
def purpose(cast: Cast, sightings: DatasetVersion) -> PurposeVersion:
    """A purpose that asks for the place, and if one wants for the photo."""
    words = {"nl": "Wat u zag helpt.", "en": "What you saw helps."}
    text = {"title": "Graffiti", "summary": "s", "why": "w", "refusing": "r"}
    draft = draft_purpose(
        author=cast.femke.account,
        organisation=cast.municipality,
        slug="graffiti",
        texts={"nl": text, "en": text},
        legal_basis=LegalBasis.CONSENT,
        fields=[
            AskedField(sightings, f"/{PLACE}", required=True, reason=words),
            AskedField(sightings, "/note", required=False, reason=words),
            AskedField(sightings, "/picture", required=False, reason=words),
        ],
        recipients=[cast.municipality.oin],
        longest_validity_days=30,
        most_uses=5,
        retention_days=30,
        processing_activity="https://voorbeeldstad.example/processing/graffiti",
        dpia_reference="DPIA-2026-02",
        dpia_review_on=timezone.localdate() + timedelta(days=365),
        storage_place=words,
        automated_decisions=words,
        power_imbalance_assessment="Nobody needs this.",
    )
    ask_review(editor=cast.femke.account, version=draft)
    sign_assessment(officer=cast.gijs.account, version=draft)
    return publish_purpose(version=draft, reviewer=cast.gijs.account)


@pytest.fixture
def file(cast: Cast, sightings: DatasetVersion) -> StoredFile:
    store_record(citizen=cast.anna, dataset_version=sightings, content={PLACE: "Dam"})
    return store(cast.anna, sightings)


def grant(cast: Cast, purpose: PurposeVersion, *fields: str) -> Consent:
    return grant_consent(
        citizen=cast.anna,
        purpose_version_id=purpose.pk,
        terms={
            "validUntil": (timezone.now() + timedelta(days=7)).isoformat(),
            "fields": list(fields),
            "recipients": [{"oin": cast.municipality.oin}],
        },
        language="nl",
        notice_hash=purpose.notice_hashes["nl"],
    )


def copied(consent: Consent) -> dict[str, Any]:
    item = SealedItem.objects.get(consent=consent)
    return open_item(item, consent_key=find_consent_key(consent.pk))


def read(shared: SharedFile) -> bytes:
    data_key = open_from_consent(shared, consent_key=find_consent_key(shared.consent_id))
    source = file_storage().open(str(shared.file_id))
    with SealedReader(source, key=data_key, context=content_context(shared.file_id)) as reader:
        return reader.read()


def descriptor(file: StoredFile) -> dict[str, Any]:
    return {"id": str(file.pk), "mediaType": "image/jpeg", "size": file.size}


def test_a_consent_has_a_descriptor_and_a_key_of_its_own(cast: Cast, purpose: PurposeVersion, file: StoredFile) -> None:
    consent = grant(cast, purpose, SIGHTING, PICTURE)
    assert copied(consent) == {SIGHTING: "Dam", PICTURE: descriptor(file)}
    shared = SharedFile.objects.get(consent=consent)
    assert (shared.file, shared.name) == (file, PICTURE)
    assert Image.open(io.BytesIO(read(shared))).format == "JPEG"
    # The wrap opens for no other consent, and not as the vault's.
    with pytest.raises(DoesNotOpen):
        open_from_consent(shared, consent_key=bytes(32))
    other = SharedFile(consent=cast.grant(), file=file, name=PICTURE, wrapped_data_key=shared.wrapped_data_key)
    with pytest.raises(DoesNotOpen):
        open_from_consent(other, consent_key=find_consent_key(consent.pk))
    file.wrapped_data_key = shared.wrapped_data_key
    with pytest.raises(DoesNotOpen):
        open_from_vault(file, vault_key=find_consent_key(consent.pk))


def test_who_does_not_tick_it_does_not_share_it(cast: Cast, purpose: PurposeVersion, file: StoredFile) -> None:
    consent = grant(cast, purpose, SIGHTING)
    assert copied(consent) == {SIGHTING: "Dam"}
    assert not SharedFile.objects.exists()


def test_narrowing_seals_to_the_new_key_or_leaves_out(cast: Cast, purpose: PurposeVersion, file: StoredFile) -> None:
    consent = grant(cast, purpose, SIGHTING, "sighting#/note", PICTURE)
    old, old_key = SharedFile.objects.get(), find_consent_key(consent.pk)
    terms = {**consent.conditions, "fields": [SIGHTING, PICTURE]}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
    shared = SharedFile.objects.get()
    assert bytes(shared.wrapped_data_key) != bytes(old.wrapped_data_key)
    assert read(shared)
    with pytest.raises(DoesNotOpen):
        open_from_consent(shared, consent_key=old_key)
    consent.refresh_from_db()
    terms = {**consent.conditions, "fields": [SIGHTING]}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
    assert not SharedFile.objects.exists()
    assert copied(consent) == {SIGHTING: "Dam"}
    with pytest.raises(DoesNotOpen):
        open_item(SealedItem.objects.get(consent=consent), consent_key=old_key)


def test_it_is_said_in_words_before_the_yes(cast: Cast, purpose: PurposeVersion, file: StoredFile) -> None:
    seen = preview_shared(citizen=cast.anna, purpose_version=purpose, fields=[PICTURE], answers={})
    assert seen == {PICTURE: descriptor(file)}
    assert preview_shared(citizen=cast.bram, purpose_version=purpose, fields=[PICTURE], answers={}) == {}


def test_a_removed_file_stays_with_whom_it_was_shared_until_that_ends(
    cast: Cast,
    purpose: PurposeVersion,
    file: StoredFile,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    consent = grant(cast, purpose, SIGHTING, PICTURE)
    page = text_of(signed_in(cast.anna.account).get(f"/my/files/{file.pk}/remove/"))
    assert "met wie u het deelt, kan het blijven zien tot het delen stopt" in page
    assert "Graffiti" in page
    with django_capture_on_commit_callbacks(execute=True):
        remove_file(citizen=cast.anna, file_id=file.pk)
    file.refresh_from_db()
    with pytest.raises(KeyDestroyed):
        open_from_vault(file, vault_key=bytes(32))
    assert read(SharedFile.objects.get())
    collect_files()
    assert read(SharedFile.objects.get())
    # Who says yes now shares what there is now.
    assert preview_shared(citizen=cast.anna, purpose_version=purpose, fields=[PICTURE], answers={}) == {}
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    collect_files()
    assert list(file_storage().blobs()) == []


def test_an_erasure_forgets_files_and_uploads(
    cast: Cast,
    purpose: PurposeVersion,
    file: StoredFile,
    sightings: DatasetVersion,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    grant(cast, purpose, SIGHTING, PICTURE)
    begin(cast.anna, sightings, 10)
    bram = store(cast.bram, sightings)
    with django_capture_on_commit_callbacks(execute=True):
        erase_citizen(citizen=cast.anna, secret="s" * 43)
    file.refresh_from_db()
    assert (file.wrapped_data_key, bytes(file.sealed_name)) == (None, b"")
    assert file.removed_at is not None
    assert not cast.anna.uploads.exists()
    assert sorted(blob.name for blob in file_storage().blobs()) == [str(bram.pk), f"{bram.pk}.still"]


def test_taking_everything_along_takes_files_along(
    cast: Cast, file: StoredFile, sightings: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(cast.anna, sightings, 1000, name="half.jpg")
    assert _exported(cast)[0] == [f"files/{file.pk}.jpg"]
    # One that is too large is named, and not in it.
    monkeypatch.setattr("sharing.export.parts.LARGEST_FILES_TOGETHER", file.size - 1)
    names, archive = _exported(cast)
    assert names == []
    said = json.loads(archive.read("files.json"))
    assert said[0]["path"] is None
    assert said[0]["address"].endswith(f"/my/files/{file.pk}")
    assert [one["name"] for one in said] == ["me at home.jpg"]
    uploads = json.loads(archive.read("uploads.json"))
    assert {one["name"]: one["state"] for one in uploads} == {"me at home.jpg": "stored", "half.jpg": "receiving"}
    assert "Photo, " in archive.read("everything.en.html").decode()


def _exported(cast: Cast) -> tuple[list[str], zipfile.ZipFile]:
    export, _new = ask_export(citizen=cast.anna, languages=("en",))
    make_export(export_id=export.pk)
    archive = zipfile.ZipFile(io.BytesIO(open_export(citizen=cast.anna, export_id=export.pk)))
    names = [name for name in archive.namelist() if name.startswith("files/")]
    for name in names:
        assert Image.open(io.BytesIO(archive.read(name))).format == "JPEG"
    return names, archive


def test_another_photo_in_a_record_reaches_no_consent(cast: Cast, purpose: PurposeVersion, file: StoredFile) -> None:
    consent = grant(cast, purpose, SIGHTING, PICTURE)
    store(cast.anna, file.dataset_version, photo("blue"))
    assert copied(consent)[PICTURE] == descriptor(file)
    assert read(SharedFile.objects.get())
