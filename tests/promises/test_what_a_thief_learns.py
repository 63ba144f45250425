"""What stands in each place that a thief could take away (`consent/keys/README.md` has the table).

A process's own memory is not searched: it holds what it works on. Only which keys it keeps afterwards is looked at.
"""

import base64
import io
import logging
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from django.conf import settings
from django.test import Client as Browser
from PIL import Image

from audit.entry import Entry
from audit.services.append import append_entry
from consent import actions
from consent.keys import envelope
from consent.keys.consent_key import find_consent_key
from consent.keys.keystore import APART
from consent.keys.memory import memory
from consent.keys.models import ConsentKey, DisclosureKey, PseudonymKey, PurposeKey, VaultKey
from consent.keys.vault_key import open_vault_key
from consent.models import Citizen, Consent, LegalBasis, Mail, Member, PurposeVersion, Role
from consent.services.answer import grant_consent
from consent.services.citizens import find_or_register_citizen
from consent.services.members import add_member
from consent.services.preferences import set_address
from consent.services.purposes import AskedField
from deploy.celery import app as celery_app
from sharing.files import chunked
from sharing.files.keys import open_from_vault
from sharing.models import Export, StoredFile, Upload
from sharing.services.files.open_file import open_vault_file
from sharing.services.release import release
from sharing.services.request import create_request
from sharing.services.vault import store_record
from tests.api import token_for
from tests.cast import Cast
from tests.conftest import TestDatabase
from tests.consent.keys.test_erasure_horizon import purpose_keys
from tests.consent.mail_server import Mailbox, free_port, serving
from tests.pages import signed_in
from tests.promises.looting import content_of, dump, kept_write_ahead_log, memory_of_redis, write_ahead_log
from tests.promises.searching import Canary, traces
from tests.purposes import publish
from tests.sharing.filing import PLACE, POINTER, publish_sightings

UPLOADS = "/api/v1/uploads"
FIELDS = (PLACE, "note", "picture")


def unheard_of() -> str:
    """Return a text that stands nowhere yet, with a letter that each encoding writes in its own way."""
    return f"Zoë {secrets.token_hex(8)}"


def unknown_number() -> str:
    """Return a citizen service number from those for tests."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    while True:
        digits = f"99999{secrets.randbelow(10_000):04}"
        if sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0:
            return digits


BSN = unknown_number()
VALUE, NOTE, FILE_NAME, MAIL = unheard_of(), unheard_of(), f"{unheard_of()}.jpg", f"{secrets.token_hex(8)}@example.nl"
CITIZEN_NAME, STAFF_NAME, OPEN = unheard_of(), unheard_of(), unheard_of()

SEALED = [
    Canary("the number of the citizen", BSN),
    Canary("the value of a field", VALUE),
    Canary("a free text", NOTE),
    Canary("the name of a file", FILE_NAME),
    Canary("the address for e-mail", MAIL),
]
PEOPLE = [Canary("the name of the citizen", CITIZEN_NAME), Canary("the name of the member of staff", STAFF_NAME)]
# What is put everywhere in the open: it shows that what is sealed would be found.
CONTROL = Canary("the control", OPEN)


class Keys:
    """Every key that this process opens or uses while its test runs."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seen: set[bytes] = set()
        for module in (envelope, chunked):
            patch.setattr(module, "AESGCM", self._watching(module.AESGCM))

    def _watching(self, cipher: Any) -> Callable[[bytes], Any]:
        seen = self.seen

        class Watched:
            def __init__(self, key: bytes) -> None:
                seen.add(bytes(key))
                self._cipher = cipher(key)

            def decrypt(self, *arguments: Any) -> bytes:
                opened: bytes = self._cipher.decrypt(*arguments)
                if len(opened) == envelope.KEY_BYTES:
                    seen.add(opened)
                return opened

            def __getattr__(self, name: str) -> Any:
                return getattr(self._cipher, name)

        return Watched

    def canaries(self) -> list[Canary]:
        return [Canary(f"key {number}", key) for number, key in enumerate(self.seen)]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    return Keys(monkeypatch)


@pytest.fixture
def web_log() -> Iterator[io.StringIO]:
    """What this process, which is the web server here, writes to its log."""
    handler = next(handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    if before is not None:
        handler.setStream(before)


@pytest.fixture
def mail_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """The port that the worker sends to; asked for before the worker starts."""
    port = free_port()
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{port}")
    return port


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, "the worker did not do it in time"
        time.sleep(0.05)


def purpose_for(cast: Cast) -> PurposeVersion:
    reason = {"nl": "r", "en": "r"}
    sightings = publish_sightings(cast)
    asked = [AskedField(sightings, f"/{name}", required=False, reason=reason) for name in FIELDS]
    return publish(cast, "graffiti", fields=asked, legal_basis=LegalBasis.PUBLIC_TASK)


def grant(cast: Cast, citizen: Citizen, purpose: PurposeVersion) -> Consent:
    return grant_consent(
        citizen=citizen,
        purpose_version_id=purpose.pk,
        terms=cast.terms(fields=[field.name for field in purpose.fields.all()]),
        language="nl",
        notice_hash=purpose.notice_hashes["nl"],
    )


def fill_in(browser: Browser) -> None:
    """Write the free texts, with a mistake first: what is refused is as much of the citizen."""
    address = "/my/data/vault/sighting/"
    assert browser.post(address, {"version": "0", f"/{PLACE}": "", "/note": NOTE}).status_code == 400
    assert browser.post(address, {"version": "0", f"/{PLACE}": VALUE, "/note": NOTE}).status_code == 302
    assert browser.get(f"/my/data/vault/{NOTE}/").status_code == 404


def upload(browser: Browser, data: bytes) -> Upload:
    """Bring in a photo by tus, all of it."""
    said = {"filename": FILE_NAME, "dataset": "sighting", "pointer": POINTER}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    begun = browser.post(
        UPLOADS,
        headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)), "Upload-Metadata": metadata},
    )
    assert begun.status_code == 201, begun.content
    sent = browser.patch(
        begun["Location"],
        data,
        content_type="application/offset+octet-stream",
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0"},
    )
    assert sent.status_code == 204, sent.content
    return Upload.objects.latest("begun_at")


def read_by_system(cast: Cast, purpose: PurposeVersion) -> None:
    """Ask for the citizen by number and read, as a system does through the API, with a mistake on the way."""
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}", "idempotency-key": "key-1"}

    def post(address: str, body: dict[str, Any]) -> Any:
        return Browser().post(address, body, content_type="application/json", headers=headers)

    fields = [field.name for field in purpose.fields.all()]
    question = {"purpose": "graffiti", "subject": {"bsn": BSN}, "fields": fields, "case": "Z-1"}
    assert post("/api/v1/requests", {**question, NOTE: BSN}).status_code == 400
    asked = post("/api/v1/requests", question).json()
    read = post("/api/v1/releases", {"requestId": asked["id"]})
    assert read.json()["fields"][f"sighting#/{PLACE}"] == VALUE
    assert read.json()["fields"]["sighting#/note"] == NOTE


def read_by_staff(cast: Cast, purpose: PurposeVersion) -> Member:
    member = add_member(
        subject="new", display_name=STAFF_NAME, organisation=cast.municipality, role=Role.REQUESTER, department="d"
    )
    actor = member.as_actor()
    fields = [field.name for field in purpose.fields.all()]
    request = create_request(actor=actor, purpose="graffiti", fields=fields, case="Z-2", bsn=BSN)
    assert release(actor=actor, request_id=request.pk, idempotency_key="key-2").released
    return member


def ended(worker: "subprocess.Popen[str]") -> str:
    """Let the worker end, and return all that it wrote."""
    os.killpg(worker.pid, signal.SIGTERM)
    worker.wait(timeout=30)
    assert worker.stdout
    return worker.stdout.read()


@pytest.fixture
def write_ahead_since(committed_cast: Cast, database: TestDatabase) -> Iterator[int]:
    with kept_write_ahead_log(database) as position:
        yield position


def test_nothing_that_is_sealed_stands_anywhere_in_the_open(
    committed_cast: Cast,
    database: TestDatabase,
    write_ahead_since: int,
    redis_url: str,
    keys: Keys,
    web_log: io.StringIO,
    mail_port: int,
    celery_worker_process: "subprocess.Popen[str]",
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # The mail server that stands in for the provider's runs in this process, and logs what it likes.
    caplog.set_level(logging.CRITICAL, "mail.log")
    cast = committed_cast
    purpose = purpose_for(cast)
    citizen = find_or_register_citizen(bsn=BSN, display_name=CITIZEN_NAME)
    browser = signed_in(citizen.account)
    fill_in(browser)
    data = photo_of_noise()
    upload(browser, data)
    wait_for(StoredFile.objects.exists)
    with serving(Mailbox(answer_recipient=f"550 {MAIL} is not here"), mail_port):
        assert browser.post("/my/preferences/", {"change": "address", "address": MAIL}).status_code == 302
        wait_for(Mail.objects.filter(state=Mail.State.FAILED).exists)
    consent = grant(cast, citizen, purpose)
    read_by_system(cast, purpose)
    read_by_staff(cast, purpose)
    celery_app.send_task("nobody.knows.this.task", args=[OPEN])
    assert browser.post("/my/data/exports/").status_code == 302
    wait_for(Export.objects.filter(state=Export.State.READY).exists)
    assert browser.post(f"/my/data/exports/{Export.objects.get().pk}/file/").status_code == 200
    worker_log = ended(celery_worker_process)
    # Now tasks wait.
    upload(browser, data)
    assert browser.post("/my/data/exports/").status_code == 302
    celery_app.send_task("nobody.knows.this.task", args=[OPEN])
    append_entry(Entry(action=actions.CITIZEN_REGISTERED.name, outcome="allowed", details={"text": OPEN}))
    structlog.get_logger("test").warning("control", text=OPEN)
    storage = tmp_path / "files"
    (storage / "control").write_bytes(OPEN.encode("utf-16-le"))

    loot = {
        "a backup of the database": dump(database),
        "the write-ahead log": write_ahead_log(database, write_ahead_since),
        "Redis": memory_of_redis(redis_url),
        "the log of the web server": web_log.getvalue().encode(),
        "the log of a worker": worker_log.encode(),
        "the file storage": content_of(storage),
    }
    assert traces([CONTROL], loot) == {(CONTROL.name, where) for where in loot}
    file = StoredFile.objects.get()
    with open_vault_file(citizen, file.pk) as reader:
        cleaned = reader.read()
    photos = [Canary(f"photo at {start}", each[start : start + 32]) for each in (data, cleaned) for start in (0, 5000)]
    archive = Canary("the export", "everything.nl.html")
    assert traces([*SEALED, *photos, archive], loot) == set()

    # Names of people stand in their accounts, in the open, and nowhere else.
    named = {"a backup of the database", "the write-ahead log"}
    assert traces(PEOPLE, loot) == {(person.name, where) for person in PEOPLE for where in named}
    assert traces(PEOPLE, {"the audit log": dump(database, "--table=audit_*")}) == set()

    # Of keys nothing is anywhere but where they belong: those of the epochs, in the key service.
    vault_key = open_vault_key(citizen)
    assert {vault_key, open_from_vault(file, vault_key=vault_key), find_consent_key(consent.pk)} < keys.seen
    assert traces(keys.canaries(), loot) == set()
    service = {"the key service": content_of(Path(settings.KEY_SERVICE_FOLDER))}
    assert len(traces(keys.canaries(), service)) == 1
    assert traces([*SEALED, *PEOPLE], service) == set()


def photo_of_noise() -> bytes:
    """Return a JPEG of which no two pieces are the same."""
    held = io.BytesIO()
    Image.frombytes("RGB", (160, 120), os.urandom(160 * 120 * 3)).save(held, "JPEG")
    return held.getvalue()


def test_after_a_release_a_process_keeps_keys_of_purposes_only(committed_cast: Cast, keys: Keys) -> None:
    committed_cast.grant()
    request = committed_cast.ask()
    memory.forget()
    assert release(actor=committed_cast.daan.as_actor(), request_id=request.pk, idempotency_key="key-1").released
    kept = set(memory._kept)
    shared_by_many = {row.pk for model in (PurposeKey, PseudonymKey) for row in model.objects.all()}
    assert kept
    assert kept <= shared_by_many
    consent_key = find_consent_key(Consent.objects.get().pk)
    assert consent_key in keys.seen
    assert consent_key not in {key for _until, key in memory._kept.values()}


def test_with_a_keystore_apart_neither_backup_opens_anything(
    apart_cast: Cast, database: TestDatabase, keystore_apart: TestDatabase, keys: Keys
) -> None:
    cast = apart_cast
    purpose = purpose_for(cast)
    citizen = find_or_register_citizen(bsn=BSN, display_name=CITIZEN_NAME)
    record = {PLACE: VALUE, "note": NOTE}
    store_record(citizen=citizen, dataset_version=purpose.fields.all()[0].dataset_version, content=record)
    set_address(citizen=citizen, address=MAIL)
    consent = grant(cast, citizen, purpose)
    read_by_staff(cast, purpose)
    main, keystore = dump(database), dump(keystore_apart)
    wraps = [
        Canary(f"wrap {number}", bytes(wrapped or b""))
        for model in (PurposeKey, PseudonymKey, VaultKey, ConsentKey, DisclosureKey)
        for number, wrapped in model.objects.using(APART).filter(wrapped__isnull=False).values_list("pk", "wrapped")
    ]
    assert len(wraps) > 10
    loot = {"the main database": main, "the keystore": keystore}
    assert traces(wraps, loot) == {(wrap.name, "the keystore") for wrap in wraps}
    assert traces([*SEALED, *keys.canaries()], loot) == set()
    # With the key service at hand there is nothing in the main database that it could unwrap.
    with keystore_apart.connect() as stolen:
        assert purpose_keys(stolen)
    assert b"public.keys_" not in main
    with database.connect() as stolen, pytest.raises(psycopg.errors.UndefinedTable):
        purpose_keys(stolen)
    # The keystore knows of whom and of which consent a key is, and nothing else of them.
    assert str(consent.pk).encode() in keystore
    assert traces(PEOPLE, loot) == {(person.name, "the main database") for person in PEOPLE}


@pytest.mark.parametrize("value", [OPEN, OPEN.encode()], ids=["text", "bytes"])
def test_it_is_found_however_it_is_written(value: str | bytes) -> None:
    canary = Canary("it", value)
    written = OPEN.encode()
    for before in range(3):
        assert traces([canary], {"base64": base64.b64encode(bytes(before) + written + b"xy")})
    for content in (written, written.hex().upper().encode(), repr(written).encode()):
        assert traces([canary], {"there": b"before" + content + b"after"})
    assert not traces([canary], {"elsewhere": unheard_of().encode()})
