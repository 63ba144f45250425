"""Adding, replacing and removing a file on pages, without a script."""

import io
import tracemalloc
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consent.models import DatasetVersion
from sharing.files.storage import file_storage
from sharing.models import StoredFile, Upload
from sharing.services.files.check import check_upload
from sharing.services.open_vault import open_vault
from sharing.services.vault import store_record
from tests.cast import Cast
from tests.consent.answering import english
from tests.pages import nothing_written, signed_in, text_of
from tests.sharing.filing import PLACE, POINTER, begin, photo, publish_sightings, store

ADD = f"/my/files/add/sighting/?field={quote(POINTER)}"
RECORD = "/my/data/vault/sighting/"


@pytest.fixture
def sightings(cast: Cast) -> DatasetVersion:
    return publish_sightings(cast)


@pytest.fixture
def anna(cast: Cast, sightings: DatasetVersion) -> Client:
    return english(cast)


def send(browser: Client, data: bytes, name: str = "me.jpg", **other: Any) -> Any:
    return browser.post(ADD, {**other, "file": SimpleUploadedFile(name, data, "image/jpeg")})


def test_a_form_brings_in_a_file_that_lies_open_nowhere(
    cast: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a file was written in the open")

    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryFileUploadHandler.new_file", forbidden)
    monkeypatch.setattr("django.core.files.uploadhandler.MemoryFileUploadHandler.new_file", forbidden)
    assert "Photo" in text_of(anna.get(ADD))
    data = photo()
    answer = send(anna, data, keeps_metadata="yes")
    upload = Upload.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/my/files/uploads/{upload.pk}/")
    assert (upload.state, upload.received, upload.keeps_metadata) == ("checking", len(data), True)
    page = anna.get(answer["Location"])
    assert page["Refresh"] == "3"
    assert "Refresh" not in anna.get(f"{answer['Location']}?quietly")
    check_upload(upload_id=upload.pk)
    assert "Fill in the rest" in text_of(anna.get(answer["Location"]))
    # The form of the record has it, and saving puts it there.
    file = StoredFile.objects.get()
    page = anna.get(RECORD)
    assert f'value="{file.pk}"' in page.content.decode()
    assert "me.jpg" in text_of(page)
    saved = anna.post(RECORD, {"version": "0", f"/{PLACE}": "Dam", POINTER: str(file.pk)}, follow=True)
    assert "Your data was changed: What you saw." in text_of(saved)
    assert open_vault(cast.anna, {file.dataset_version_id}) == {
        file.dataset_version_id: {PLACE: "Dam", "picture": str(file.pk)}
    }
    assert "Nobody can see it" in text_of(anna.get(answer["Location"]))


def test_a_form_that_is_not_ours_leaves_nothing(cast: Cast, sightings: DatasetVersion) -> None:
    strict = signed_in(cast.anna.account, enforce_csrf_checks=True)
    assert send(strict, photo()).status_code == 403
    assert not Upload.objects.exists()
    assert list(file_storage().blobs()) == []
    token = strict.get(ADD).content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert send(strict, photo(), csrfmiddlewaretoken=token).status_code == 302


@pytest.mark.parametrize("wrong", ["none", "empty", "too large", "too many"])
def test_what_is_wrong_is_said_and_nothing_is_kept(
    cast: Cast, sightings: DatasetVersion, anna: Client, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    if wrong == "too large":
        monkeypatch.setattr(settings, "LARGEST_FILE", 100)
    if wrong == "too many":
        monkeypatch.setattr(settings, "MOST_UPLOADS", 1)
        begin(cast.anna, sightings, 10)
    with nothing_written():
        answer = anna.post(ADD, {}) if wrong == "none" else send(anna, b"" if wrong == "empty" else photo())
    expected = {
        "none": (400, "Choose a file."),
        "empty": (400, "This file is empty."),
        "too large": (413, "A file can be at most"),
        "too many": (409, "Go on with one of the files that you began with"),
    }
    assert answer.status_code == expected[wrong][0]
    assert expected[wrong][1] in text_of(answer)
    assert Upload.objects.count() == (1 if wrong == "too many" else 0)
    assert list(file_storage().blobs()) == []


def test_a_large_form_goes_through_in_pieces(cast: Cast, anna: Client) -> None:

    size = 24 * 1024 * 1024
    boundary = "a-boundary"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    class Film(io.RawIOBase):
        """A form as it comes over a connection, of which nobody holds the whole."""

        at = 0

        def read(self, wanted: int = -1, /) -> bytes:
            whole = len(head) + size + len(tail)
            wanted = min(wanted if wanted >= 0 else whole, whole - self.at)
            if self.at < len(head):
                data = head[self.at : self.at + wanted]
            elif self.at < len(head) + size:
                data = bytes(min(wanted, len(head) + size - self.at))
            else:
                data = tail[self.at - len(head) - size :][:wanted]
            self.at += len(data)
            return data

    connection: dict[str, Any] = {
        "CONTENT_TYPE": f"multipart/form-data; boundary={boundary}",
        "CONTENT_LENGTH": str(len(head) + size + len(tail)),
        "wsgi.input": Film(),
    }
    tracemalloc.start()
    answer = anna.generic(
        "POST",
        ADD,
        **connection,
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 302, text_of(answer)
    assert Upload.objects.get().received == size
    assert peak < 8 * 1024 * 1024


def test_what_there_is_no_room_for_is_refused_unread(cast: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a citizen with a full vault fills the disk as often as that one likes, if only for a while."""

    def stored(*_: Any, **__: Any) -> None:
        raise AssertionError("bytes were stored that there is no room for")

    monkeypatch.setattr(settings, "MOST_FILES_SIZE", 1024 * 1024)
    monkeypatch.setattr("sharing.services.files.parts.PartWriter.write", stored)
    with nothing_written():
        answer = send(anna, bytes(3 * 1024 * 1024))
    assert (answer.status_code, "can be at most" in text_of(answer)) == (409, True)
    assert list(file_storage().blobs()) == []


@pytest.mark.parametrize("path", ["/my/files/add/sighting/?field=/place", "/my/files/add/unknown/?field=/picture", ADD])
def test_a_place_that_takes_no_file_is_not_there(cast: Cast, anna: Client, path: str) -> None:
    if path != ADD:
        assert anna.get(path).status_code == 404
        assert anna.post(path, {"file": SimpleUploadedFile("me.jpg", b"123")}).status_code == 404
    else:
        assert Client().get(path).status_code == 302
        assert signed_in(cast.daan.account).get(path).status_code == 403
    assert list(file_storage().blobs()) == []


def test_what_was_begun_can_be_thrown_away(cast: Cast, sightings: DatasetVersion, anna: Client) -> None:
    upload = begin(cast.anna, sightings, 1000)
    page = anna.get(ADD)
    assert "me at home.jpg" in text_of(page)
    assert f'data-url="/api/v1/uploads/{upload.pk}"' in page.content.decode()
    assert "Go on before" in text_of(anna.get(f"/my/files/uploads/{upload.pk}/"))
    bram = signed_in(cast.bram.account)
    assert "me at home.jpg" not in text_of(bram.get(ADD))
    for method, path in (("get", ""), ("post", "stop/")):
        assert getattr(bram, method)(f"/my/files/uploads/{upload.pk}/{path}").status_code == 404
    assert Upload.objects.exists()
    assert "Nothing of it is kept" in text_of(anna.post(f"/my/files/uploads/{upload.pk}/stop/", follow=True))
    assert not Upload.objects.exists()


def test_a_refusal_is_explained(cast: Cast, anna: Client) -> None:
    address = send(anna, b"MZ" + bytes(200))["Location"]
    check_upload(upload_id=Upload.objects.get().pk)
    assert "We do not take this kind of file" in text_of(anna.get(address))


def test_a_file_is_removed_by_its_citizen_alone(cast: Cast, sightings: DatasetVersion, anna: Client) -> None:
    store_record(citizen=cast.anna, dataset_version=sightings, content={PLACE: "Dam"})
    file = store(cast.anna, sightings)
    address = f"/my/files/{file.pk}/remove/"
    bram = signed_in(cast.bram.account)
    assert bram.get(address).status_code == bram.post(address).status_code == 404
    assert bram.get(f"/my/files/{uuid4()}/remove/").status_code == 404
    with nothing_written():
        assert "You share this file with nobody" in text_of(anna.get(address))
    assert "The file was removed." in text_of(anna.post(address, follow=True))
    assert open_vault(cast.anna, {sightings.pk})[sightings.pk] == {PLACE: "Dam"}


def test_a_file_that_its_record_needs_can_only_be_replaced(cast: Cast, anna: Client) -> None:
    needed = publish_sightings(cast, required=(PLACE, "picture"))
    page = anna.post(RECORD, {"version": "0", f"/{PLACE}": "Dam", POINTER: ""})
    assert page.status_code == 400
    assert "Add a file first." in text_of(page)
    file = store(cast.anna, needed)
    store_record(citizen=cast.anna, dataset_version=needed, content={PLACE: "Dam", "picture": str(file.pk)})
    answer = anna.post(f"/my/files/{file.pk}/remove/")
    assert answer.status_code == 409
    assert "Add another file in its place" in text_of(answer)
    second = store(cast.anna, needed, photo("blue"))
    assert open_vault(cast.anna, {needed.pk})[needed.pk]["picture"] == str(second.pk)
