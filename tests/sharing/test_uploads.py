"""A file on its way in: part by part, one owner, checked before anybody sees it."""

import io
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError
from django.http.request import UnreadablePostError
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from audit.models import Record
from consent.errors import MandateRefused
from consent.models import Dataset, DatasetVersion, Mandate
from sharing.errors import (
    InvalidRecord,
    InvalidUpload,
    NotAFileField,
    StoredFileNotFound,
    TooManyUploads,
    UploadMoved,
    UploadNotFound,
    UploadTooLarge,
    VaultFull,
)
from sharing.files.storage import file_storage
from sharing.models import StoredFile, Upload, UploadPart
from sharing.services.files.append import append_part, find_upload
from sharing.services.files.begin import begin_upload, plain_name
from sharing.services.files.check import check_upload
from sharing.services.files.collect import collect_files, remove_abandoned_uploads, unchecked_uploads
from sharing.services.files.open_file import named, open_vault_file, open_vault_still
from sharing.services.files.remove import remove_file, stop_upload
from sharing.services.open_vault import open_vault
from sharing.services.vault import store_record
from tests.cast import Cast
from tests.consent.test_mandates import guardian_of_anna
from tests.pages import actions
from tests.sharing.filing import PLACE, POINTER, append, begin, bring, photo, publish_sightings, store


@pytest.fixture
def sightings(cast: Cast) -> DatasetVersion:
    return publish_sightings(cast)


def blobs() -> list[str]:
    return [blob.name for blob in file_storage().blobs()]


def test_a_file_in_parts_becomes_the_value_of_its_field(
    cast: Cast, sightings: DatasetVersion, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    store_record(citizen=cast.anna, dataset_version=sightings, content={PLACE: "Dam"})
    data = photo()
    upload = begin(cast.anna, sightings, len(data))
    assert append(cast.anna, upload.pk, 0, data[:100]).received == 100
    assert append(cast.anna, upload.pk, 100, data[100:]).state == Upload.State.CHECKING
    # Nobody sees anything of it yet.
    assert not StoredFile.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        check_upload(upload_id=upload.pk)
        check_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.parts.count()) == (Upload.State.STORED, 0)
    file = StoredFile.objects.get()
    assert open_vault(cast.anna, {sightings.pk})[sightings.pk] == {PLACE: "Dam", "picture": str(file.pk)}
    assert actions()[-2:] == [("sharing.file-stored", "allowed"), ("sharing.vault-changed", "allowed")]
    with open_vault_file(cast.anna, file.pk) as reader:
        assert reader.size == file.size
        assert Image.open(io.BytesIO(reader.read())).getpixel((0, 0)) == Image.open(io.BytesIO(data)).getpixel((0, 0))
    assert Image.open(io.BytesIO(open_vault_still(cast.anna, file.pk))).format == "JPEG"
    assert named(cast.anna, [file])[0].name == "me at home.jpg"
    # The parts are gone, and in the storage nothing lies open.
    assert sorted(blobs()) == [str(file.pk), f"{file.pk}.still"]
    for name in blobs():
        source = file_storage().open(name)
        assert b"JFIF" not in source.read_at(0, source.size)
        source.close()


def test_the_name_stands_nowhere_in_the_open(cast: Cast, sightings: DatasetVersion) -> None:
    upload = begin(cast.anna, sightings, 10, name="C:\\secret place\\me at home.jpg")
    assert b"home" not in bytes(upload.sealed_name)
    assert plain_name("C:\\secret place\\me\u202e at\nhome.jpg ") == "me athome.jpg"


def test_a_file_waits_for_a_record_that_is_not_there_yet(cast: Cast, sightings: DatasetVersion) -> None:
    file = store(cast.anna, sightings)
    assert open_vault(cast.anna, {sightings.pk}) == {}
    stored = store_record(citizen=cast.anna, dataset_version=sightings, content={PLACE: "Dam", "picture": str(file.pk)})
    assert stored.version == 1


def test_a_file_whose_place_is_taken_by_something_else_waits(cast: Cast) -> None:
    """Else its check would fail, and be begun again for ever."""
    scan = {"type": "string", "format": "uuid", "contentMediaType": "image/*"}
    proof = DatasetVersion.objects.create(
        dataset=Dataset.objects.create(organisation=cast.municipality, slug="proof", kind=Dataset.Kind.FILE),
        number=1,
        title={"nl": "Bewijs", "en": "Proof"},
        schema={"properties": {"proof": {"type": ["object", "null"], "properties": {"scan": scan}}}},
        fields=[],
    )
    store_record(citizen=cast.anna, dataset_version=proof, content={"proof": None})
    data = photo()
    upload = begin_upload(citizen=cast.anna, dataset_version=proof, pointer="/proof/scan", name="a.jpg", size=len(data))
    append(cast.anna, upload.pk, 0, data)
    check_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.state == "stored"
    assert open_vault(cast.anna, {proof.pk}) == {proof.pk: {"proof": None}}


def test_another_file_takes_the_place_of_the_first(cast: Cast, sightings: DatasetVersion) -> None:
    store_record(citizen=cast.anna, dataset_version=sightings, content={PLACE: "Dam"})
    first, second = store(cast.anna, sightings), store(cast.anna, sightings, photo("blue"))
    assert open_vault(cast.anna, {sightings.pk})[sightings.pk]["picture"] == str(second.pk)
    first.refresh_from_db()
    assert first.removed_at is not None
    assert first.wrapped_data_key is None
    with pytest.raises(StoredFileNotFound):
        open_vault_file(cast.anna, first.pk)


@pytest.mark.parametrize("wrong", ["type", "damaged"])
def test_what_is_refused_leaves_nothing_but_the_reason(
    cast: Cast,
    sightings: DatasetVersion,
    wrong: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    data = b"%PDF-1.7\n" + bytes(100) if wrong == "type" else photo()[:-200] + bytes(10)
    upload = bring(cast.anna, sightings, data)
    with django_capture_on_commit_callbacks(execute=True):
        check_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.state == Upload.State.REFUSED
    assert upload.refusal in {"type-not-allowed", "damaged"}
    assert not StoredFile.objects.exists()
    assert not UploadPart.objects.exists()
    assert blobs() == []
    assert actions()[-1] == ("sharing.upload-refused", "refused")


def test_parts_that_the_storage_lost_are_said_to_be_damaged(cast: Cast, sightings: DatasetVersion) -> None:
    upload = bring(cast.anna, sightings, photo())
    file_storage().delete(upload.parts.get().blob)
    check_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.refusal) == ("refused", "damaged")
    assert not StoredFile.objects.exists()


def test_a_file_whose_check_never_ends_is_checked_once(
    cast: Cast, sightings: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: Any, **__: Any) -> None:
        raise SoftTimeLimitExceeded

    upload = bring(cast.anna, sightings, photo())
    monkeypatch.setattr("sharing.services.files.check.clean", endless)
    check_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.refusal) == ("refused", "too-large")
    assert not StoredFile.objects.exists()
    assert unchecked_uploads() == []
    assert actions()[-1] == ("sharing.upload-refused", "refused")


@pytest.mark.parametrize("broken", ["append", "check"])
def test_when_nobody_knows_whether_it_was_committed_no_byte_is_thrown_away(
    cast: Cast, sightings: DatasetVersion, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection was lost")

    if broken == "append":
        upload = begin(cast.anna, sightings, 10)
        monkeypatch.setattr("sharing.services.files.append._take", lost)
        with pytest.raises(OperationalError):
            append(cast.anna, upload.pk, 0, b"01234")
        assert len(blobs()) == 1
    else:
        upload = bring(cast.anna, sightings, photo())
        monkeypatch.setattr("sharing.services.files.check._store", lost)
        with pytest.raises(OperationalError):
            check_upload(upload_id=upload.pk)
        assert len(blobs()) == 3


def test_a_guardian_adds_a_file_and_the_log_says_so(cast: Cast, sightings: DatasetVersion) -> None:
    mandate = guardian_of_anna(cast)
    data = photo()
    upload = begin_upload(
        citizen=cast.anna, dataset_version=sightings, pointer=POINTER, name="a", size=len(data), mandate=mandate
    )
    append_part(
        citizen=cast.anna,
        upload_id=upload.pk,
        offset=0,
        length=len(data),
        read=io.BytesIO(data).read,
        mandate=mandate,
    )
    check_upload(upload_id=upload.pk)
    stored = Record.objects.get(action="sharing.file-stored")
    assert stored.entry.acting_for == f"guardian:{mandate.pk}"
    Mandate.objects.filter(pk=mandate.pk).update(ended_at=timezone.now())
    before = Upload.objects.count()
    with pytest.raises(MandateRefused):
        begin_upload(citizen=cast.anna, dataset_version=sightings, pointer=POINTER, name="a", size=9, mandate=mandate)
    assert Upload.objects.count() == before


def test_an_upload_is_its_citizens_alone(cast: Cast, sightings: DatasetVersion) -> None:
    upload = begin(cast.anna, sightings, 10)
    before = Record.objects.count()
    with pytest.raises(UploadNotFound):
        append(cast.bram, upload.pk, 0, b"0123456789")
    with pytest.raises(UploadNotFound):
        find_upload(citizen=cast.bram, upload_id=upload.pk)
    with pytest.raises(UploadNotFound):
        stop_upload(citizen=cast.bram, upload_id=upload.pk)
    file = store(cast.anna, sightings)
    for use in (open_vault_file, open_vault_still):
        with pytest.raises(StoredFileNotFound):
            use(cast.bram, file.pk)
    with pytest.raises(StoredFileNotFound):
        remove_file(citizen=cast.bram, file_id=file.pk)
    upload.refresh_from_db()
    assert upload.received == 0
    assert Record.objects.count() == before + 1


def test_bytes_that_do_not_follow_are_refused_and_nothing_is_kept(cast: Cast, sightings: DatasetVersion) -> None:
    upload = begin(cast.anna, sightings, 10)
    append(cast.anna, upload.pk, 0, b"01234")
    stored = blobs()
    for offset, data, error in (
        (0, b"01234", UploadMoved),
        (6, b"6789", UploadMoved),
        (5, b"567890", UploadTooLarge),
        (5, b"", InvalidUpload),
    ):
        with pytest.raises(error):
            append(cast.anna, upload.pk, offset, data)
    assert blobs() == stored
    upload.refresh_from_db()
    assert upload.received == 5


def test_of_two_that_bring_the_same_bytes_one_wins(cast: Cast, sightings: DatasetVersion) -> None:
    upload = begin(cast.anna, sightings, 10)

    def meanwhile(size: int) -> bytes:
        if not UploadPart.objects.exists():
            append(cast.anna, upload.pk, 0, b"01234")
        return b"abcde"

    with pytest.raises(UploadMoved):
        append_part(citizen=cast.anna, upload_id=upload.pk, offset=0, length=5, read=meanwhile)
    upload.refresh_from_db()
    assert upload.received == 5
    assert blobs() == [UploadPart.objects.get().blob]


@pytest.mark.parametrize("gone", [UnreadablePostError("gone"), None])
def test_of_a_lost_connection_what_came_is_kept(cast: Cast, sightings: DatasetVersion, gone: Exception | None) -> None:
    upload = begin(cast.anna, sightings, 10)
    came: list[bytes] = [b"01234"]

    def read(size: int) -> bytes:
        if came:
            return came.pop()
        if gone:
            raise gone
        return b""

    assert append_part(citizen=cast.anna, upload_id=upload.pk, offset=0, length=10, read=read).received == 5
    # And nothing came of the next.
    assert append_part(citizen=cast.anna, upload_id=upload.pk, offset=5, length=5, read=read).received == 5
    assert UploadPart.objects.count() == len(blobs()) == 1


def test_what_cannot_be_begun(cast: Cast, sightings: DatasetVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LARGEST_FILE", 1000)
    monkeypatch.setattr(settings, "MOST_FILES_SIZE", 1500)
    monkeypatch.setattr(settings, "MOST_UPLOADS", 2)
    before = Record.objects.count()
    begin(cast.anna, sightings, 900)
    attempts: list[tuple[str, int, type[Exception]]] = [
        (POINTER, 0, InvalidUpload),
        (POINTER, 1001, UploadTooLarge),
        (POINTER, 601, VaultFull),
        (f"/{PLACE}", 10, NotAFileField),
        ("/elsewhere", 10, NotAFileField),
    ]
    for pointer, size, error in attempts:
        with pytest.raises(error):
            begin_upload(citizen=cast.anna, dataset_version=sightings, pointer=pointer, name="a", size=size)
    begin(cast.anna, sightings, 100)
    with pytest.raises(TooManyUploads):
        begin(cast.anna, sightings, 100)
    # What one has does not take another's room.
    begin(cast.bram, sightings, 900)
    assert Record.objects.count() == before


def test_a_record_takes_no_file_that_is_not_its_citizens(cast: Cast, sightings: DatasetVersion) -> None:
    file = store(cast.anna, sightings)
    for value in (str(file.pk), str(file.pk).upper(), "none"):
        with pytest.raises(InvalidRecord):
            store_record(citizen=cast.bram, dataset_version=sightings, content={PLACE: "Dam", "picture": value})
    assert open_vault(cast.bram, {sightings.pk}) == {}


def test_a_stopped_upload_leaves_nothing(
    cast: Cast, sightings: DatasetVersion, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    upload = bring(cast.anna, sightings, photo())
    with django_capture_on_commit_callbacks(execute=True):
        stop_upload(citizen=cast.anna, upload_id=upload.pk)
    check_upload(upload_id=upload.pk)
    assert not StoredFile.objects.exists()
    assert blobs() == []


def test_a_removed_file_is_out_of_its_record_and_gone(
    cast: Cast, sightings: DatasetVersion, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    store_record(citizen=cast.anna, dataset_version=sightings, content={PLACE: "Dam"})
    file = store(cast.anna, sightings)
    with django_capture_on_commit_callbacks(execute=True):
        remove_file(citizen=cast.anna, file_id=file.pk)
    assert open_vault(cast.anna, {sightings.pk})[sightings.pk] == {PLACE: "Dam"}
    assert str(file.pk) not in blobs()
    assert ("sharing.file-removed", "allowed") in actions()


def test_abandoned_uploads_go_after_their_time(cast: Cast, sightings: DatasetVersion) -> None:
    upload = begin(cast.anna, sightings, 10)
    append(cast.anna, upload.pk, 0, b"01234")
    checking = bring(cast.anna, sightings, b"01234")
    assert remove_abandoned_uploads() == 0
    Upload.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(UploadNotFound):
        find_upload(citizen=cast.anna, upload_id=upload.pk)
    # What waits for its check is not its citizen's to go on with.
    assert unchecked_uploads() == [checking.pk]
    assert find_upload(citizen=cast.anna, upload_id=checking.pk) == checking
    assert remove_abandoned_uploads() == 1
    assert blobs() == [checking.parts.get().blob]


def test_what_nothing_points_at_is_collected_after_a_day(
    cast: Cast, sightings: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = store(cast.anna, sightings)
    kept = {str(file.pk), f"{file.pk}.still", bring(cast.anna, sightings, b"01234").parts.get().blob, "not-ours"}
    orphan = str(Upload(citizen=cast.anna).pk)
    for name in (orphan, f"{orphan}.0.abcd", "not-ours"):
        sink = file_storage().create(name)
        sink.write(b"sealed")
        sink.finish()
    collect_files()
    assert orphan in blobs()
    monkeypatch.setattr("sharing.services.files.collect.LEFT_BEHIND_AFTER", timedelta(seconds=-5))
    collect_files()
    assert set(blobs()) == kept
