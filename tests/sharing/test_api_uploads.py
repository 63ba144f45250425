"""Uploads by tus 1.0.0, as a script in the browser of a citizen speaks it."""

import base64
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings

from audit.models import Record
from consent.models import Account, DatasetVersion
from sharing.files.storage import file_storage
from sharing.models import StoredFile, Upload
from sharing.services.files.check import check_upload
from tests.cast import Cast
from tests.pages import signed_in
from tests.sharing.filing import POINTER, begin, photo, publish_sightings

UPLOADS = "/api/v1/uploads"


@pytest.fixture
def sightings(cast: Cast) -> DatasetVersion:
    return publish_sightings(cast)


@pytest.fixture
def anna(cast: Cast, sightings: DatasetVersion) -> Client:
    return browser(cast.anna.account)


def browser(account: Account, **options: Any) -> Client:
    return signed_in(account, headers={"Tus-Resumable": "1.0.0"}, **options)


def metadata(**said: str) -> str:
    members = {"filename": "zon & zee.jpg", "dataset": "sighting", "pointer": POINTER, **said}
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in members.items())


def begun(anna: Client, size: int) -> str:
    answer = anna.post(UPLOADS, headers={"Upload-Length": str(size), "Upload-Metadata": metadata()})
    assert answer.status_code == 201, answer.content
    assert answer["Upload-Expires"]
    return str(answer["Location"])


def patch(client: Client, address: str, offset: int, data: bytes, content_type: str = "") -> Any:
    return client.patch(
        address,
        data,
        content_type=content_type or "application/offset+octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def test_a_file_comes_in_by_parts(cast: Cast, anna: Client) -> None:
    data = photo()
    address = begun(anna, len(data))
    head = anna.head(address)
    assert (head["Upload-Offset"], head["Upload-Length"], head["Cache-Control"]) == ("0", str(len(data)), "no-store")
    answer = patch(anna, address, 0, data[:50])
    assert (answer.status_code, answer["Upload-Offset"], answer["Tus-Resumable"]) == (204, "50", "1.0.0")
    assert patch(anna, address, 50, data[50:]).status_code == 204
    check_upload(upload_id=Upload.objects.get().pk)
    said = anna.get(address).json()
    assert said["state"] == "stored"
    assert said["fileId"] == str(StoredFile.objects.get().pk)


def test_it_says_what_it_can(anna: Client) -> None:
    answer = anna.options(UPLOADS)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,termination,expiration"
    assert answer["Tus-Max-Size"] == str(settings.LARGEST_FILE)


def test_another_version_of_tus_is_refused(cast: Cast, sightings: DatasetVersion) -> None:
    answer = signed_in(cast.anna.account).post(UPLOADS, headers={"Upload-Length": "5", "Upload-Metadata": metadata()})
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"Upload-Offset": "7"}, 409, "upload-moved"),
        ({"Upload-Offset": "-1"}, 400, "invalid-upload"),
        ({"Upload-Offset": "٣"}, 400, "invalid-upload"),
        ({"content_type": "application/json"}, 415, "unsupported-media-type"),
    ],
)
def test_a_part_that_does_not_fit_changes_nothing(
    cast: Cast, sightings: DatasetVersion, anna: Client, change: dict[str, str], status: int, code: str
) -> None:
    upload = begin(cast.anna, sightings, 10)
    answer = anna.patch(
        f"{UPLOADS}/{upload.pk}",
        b"01234",
        content_type=change.pop("content_type", "application/offset+octet-stream"),
        headers={"Upload-Offset": "0", **{name: value.encode().decode("latin-1") for name, value in change.items()}},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    upload.refresh_from_db()
    assert upload.received == 0
    assert list(file_storage().blobs()) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": ""}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": str(settings.LARGEST_FILE + 1)}, 413),
        ({"Upload-Metadata": "filename %%%"}, 400),
        ({"Upload-Metadata": "filename Zm9v"}, 400),
        ({"Upload-Metadata": metadata(filename="a\0b")}, 400),
        ({"Upload-Metadata": metadata(dataset="unknown")}, 404),
        ({"Upload-Metadata": metadata(pointer="/place")}, 404),
    ],
)
def test_what_cannot_be_begun_writes_nothing(anna: Client, headers: dict[str, str], status: int) -> None:
    answer = anna.post(UPLOADS, headers={"Upload-Length": "10", "Upload-Metadata": metadata(), **headers})
    assert answer.status_code == status, answer.content
    assert not Upload.objects.exists()


def test_another_citizens_upload_is_not_there(cast: Cast, sightings: DatasetVersion, anna: Client) -> None:
    upload = begin(cast.bram, sightings, 10)
    address = f"{UPLOADS}/{upload.pk}"
    nowhere = f"{UPLOADS}/{uuid4()}"
    for path in (address, nowhere):
        answers = [anna.head(path), anna.get(path), anna.delete(path), patch(anna, path, 0, b"01234")]
        assert [answer.status_code for answer in answers] == [404] * 4
    assert Upload.objects.get().received == 0
    for account in (cast.daan.account, None):
        client = browser(account) if account else Client(headers={"Tus-Resumable": "1.0.0"})
        assert client.head(address).status_code in (401, 403)


def test_without_the_token_of_the_page_nothing_is_taken(cast: Cast, sightings: DatasetVersion) -> None:
    upload = begin(cast.anna, sightings, 10)
    strict = browser(cast.anna.account, enforce_csrf_checks=True)
    assert patch(strict, f"{UPLOADS}/{upload.pk}", 0, b"01234").status_code == 403
    assert strict.post(UPLOADS, headers={"Upload-Length": "9", "Upload-Metadata": metadata()}).status_code == 403
    assert strict.delete(f"{UPLOADS}/{upload.pk}").status_code == 403
    assert Upload.objects.get().received == 0
    page = strict.get("/my/files/add/sighting/?field=/picture").content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answer = strict.patch(
        f"{UPLOADS}/{upload.pk}",
        b"01234",
        content_type="application/offset+octet-stream",
        headers={"Upload-Offset": "0", "X-CSRFToken": token},
    )
    assert answer.status_code == 204


def test_a_part_that_is_too_large_is_refused_unread(cast: Cast, sightings: DatasetVersion, anna: Client) -> None:
    upload = begin(cast.anna, sightings, 10)

    class Unread:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    def body_of(size: int) -> dict[str, Any]:
        return {"CONTENT_LENGTH": str(size), "wsgi.input": Unread()}

    answer = anna.generic(
        "PATCH",
        f"{UPLOADS}/{upload.pk}",
        headers={"Upload-Offset": "0"},
        **body_of(settings.LARGEST_PART + 1),
    )
    assert answer.status_code == 413
    # Elsewhere the usual limit holds.
    answer = anna.generic("POST", UPLOADS, **body_of(settings.LARGEST_BODY + 1))
    assert answer.status_code == 413


def test_a_stopped_upload_is_gone(cast: Cast, anna: Client) -> None:
    address = begun(anna, 10)
    patch(anna, address, 0, b"01234")
    before = Record.objects.count()
    assert anna.delete(address).status_code == 204
    assert anna.head(address).status_code == 404
    assert not Upload.objects.exists()
    # The refusal of the second.
    assert Record.objects.count() == before + 1


@override_settings(MOST_UPLOADS=1)
def test_too_many_at_once_are_refused(cast: Cast, anna: Client) -> None:
    begun(anna, 10)
    answer = anna.post(UPLOADS, headers={"Upload-Length": "10", "Upload-Metadata": metadata()})
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-uploads")
