"""A sealed row that is moved to another place does not open: every column of sealed data, every place.

Whoever can write to the database cannot have the service read one citizen's data as another's, an old version as the
current one, or a file under a consent that does not share it.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models

from audit.export.sealing import PartDoesNotOpen, export_key, open_part, seal_part
from audit.models import Contest
from consent.contest_words import open_words, seal_words
from consent.errors import DoesNotOpen
from consent.keys.memory import memory
from sharing.files.chunked import SealedReader
from sharing.files.keys import content_context, part_context, still_context
from sharing.files.storage import file_storage
from sharing.models import StoredFile, UploadPart
from tests.cast import Cast
from tests.promises.sealed_rows import KEY, KINDS, ONE_SEAL, Pair, same_keys, seal_everything
from tests.sharing.filing import append, begin

# Bytes that are nobody's secret, each with why.
NOT_SEALED = {
    "audit.Checkpoint.root": "a hash of the public log",
    "audit.Leaf.leaf_hash": "a hash of the public log",
    "audit.LogHead.frontier": "hashes of the public log",
    "audit.LoggedEntry.commitment": "a salted hash, public",
    "audit.Pending.commitment": "a salted hash, public",
    "audit.EndedLog.root": "a hash of the public log",
    "audit.LogExport.salt": "opens nothing without SECRET_KEY",
    "audit.LogExport.sha256": "a hash of the file, for who downloads it",
    "audit.ShownFork.root": "a hash of somebody's public log",
    "audit.Timestamp.response": "an answer that is published",
    "audit.WatchedLog.root": "a hash of somebody's public log",
    "audit.Tile.hashes": "hashes of the public log",
    "audit.Tile.root": "a hash of the public log",
    "audit.Record.salt": "opens the commitment for who may read the record",
    "audit.Record.canonical": "the text of the entry, for who may read the record",
    "consent.Citizen.bsn_hmac": "a keyed hash, to find somebody by",
}
# Sealed bytes that are tried below, by what opens them.
SEALED_APART = {
    "audit.Contest.answer_sealed",
    "audit.Contest.claim_sealed",
    "audit.Contest.extension_sealed",
    "audit.LogExportPart.sealed",
}
# The sealed name of who acted, as it stands in the entry of that act: see `Record.user_sealed`.
COPIED_NAMES = {"audit.Contest.treated_by", "audit.Finding.user_sealed"}
# Columns that say what a row belongs to and are not bound, each with why.
NOT_BOUND = {
    "keys.PseudonymKey.epoch": "it outlives epochs, and each wraps it anew with a key of its own",
    "keys.ConsentKey.id": "a consent has one key of each generation",
    "keys.VaultKey.id": "a citizen has one",
    "keys.DisclosureKey.id": "an organisation has one",
    "consent.Citizen.account": "who signs in as whom is not sealed",
    "consent.Member.id": "of its organisation, as it stands in the log",
    "consent.Member.account": "of its organisation, as it stands in the log",
    "consent.Client.id": "of its organisation, as it stands in the log",
    "consent.Client.user": "never set",
    "consent.Client.name": "the name itself, in the open",
    "audit.Record.entry_id": "the entry has the commitment",
    "audit.Record.consent": "repeats the text, for searching",
    "audit.Record.purpose_version": "repeats the text, for searching",
    "audit.Record.deferral": "repeats the text, for searching",
    "audit.Record.request": "repeats the text, for searching",
    "sharing.StoredFile.dataset_version": "bound into the data key: a name is of the file, wherever that is",
    "sharing.StoredFile.pointer": "bound into the data key: a name is of the file, wherever that is",
    "sharing.SharedFile.id": "a consent has one for each field",
    "sharing.Upload.file": "what became of it",
    "sharing.Upload.mandate": "who brings it in, for the log",
}
PLACES = {"version", "generation", "pointer", "scope", "name"}


@pytest.fixture
def everything(db: None) -> Iterator[dict[str, Pair]]:
    with pytest.MonkeyPatch.context() as patch:
        same_keys(patch)
        yield seal_everything()
    memory.forget()


@contextmanager
def refusing(what: str, opened: list[str]) -> Iterator[None]:
    """Note `what` unless it does not open inside."""
    try:
        yield
    except DoesNotOpen:
        return
    opened.append(what)


def test_it_opens_in_its_own_place_and_in_no_other(everything: dict[str, Pair]) -> None:
    opened: list[str] = []
    for kind in KINDS:
        pair = everything[kind.name]
        # Both open where they are: what refuses below, refuses because of where it is.
        assert kind.open(pair.here), kind.name
        assert kind.open(pair.there), kind.name
        for column in kind.bound:
            assert pair.elsewhere(column) != getattr(pair.here, column), (kind.name, column)
            row = copy.copy(pair.here)
            setattr(row, column, pair.elsewhere(column))
            with refusing(f"{kind.name} in a row with another {column}", opened):
                kind.open(row)
        for number, column in enumerate(kind.columns):
            mixed = list(kind.sealed(pair.there))
            mixed[number] = kind.sealed(pair.here)[number]
            with refusing(f"{kind.name} with only {column} of another row", opened):
                kind.open(kind.put(*mixed, into=pair.there))
        for other in KINDS:
            if other is kind or {kind.model, other.model} <= ONE_SEAL:
                continue
            for sealed in kind.sealed(pair.here):
                with refusing(f"{kind.name} in {other.name}", opened):
                    other.open(other.put(*[sealed] * len(other.columns), into=everything[other.name].here))
    assert opened == []
    assert blobs_that_open_elsewhere() == []


def blobs_that_open_elsewhere() -> list[str]:
    """Try the bytes of two files, their stills, and two parts of an upload of each citizen in each other's place."""
    files = list(StoredFile.objects.all())
    places = {str(file.pk): content_context(file.pk) for file in files}
    places |= {f"{file.pk}.still": still_context(file.pk) for file in files}
    for file in files:
        upload = begin(file.citizen, file.dataset_version, 10)
        append(file.citizen, upload.pk, 0, b"first")
        append(file.citizen, upload.pk, 5, b"later")
    parts = UploadPart.objects.filter(upload__received=10, upload__state="checking")
    places |= {part.blob: part_context(part.upload_id, part.position) for part in parts}
    assert len(places) == len(set(places.values())) == 8
    opened: list[str] = []
    for blob, own in places.items():
        SealedReader(file_storage().open(blob), key=KEY, context=own).close()
        for place, context in places.items():
            if place != blob:
                with refusing(f"{blob} as {place}", opened):
                    SealedReader(file_storage().open(blob), key=KEY, context=context)
    return opened


def test_a_part_of_a_file_of_the_log_opens_in_its_own_place_only() -> None:
    key, export, run = export_key(bytes(32)), uuid4(), uuid4()
    sealed = seal_part(key, b"lines", export=export, run=run, number=3)
    assert open_part(key, sealed, export=export, run=run, number=3) == b"lines"
    for place in ((uuid4(), run, 3), (export, uuid4(), 3), (export, run, 4)):
        with pytest.raises(PartDoesNotOpen):
            open_part(key, sealed, export=place[0], run=place[1], number=place[2])
    with pytest.raises(PartDoesNotOpen):
        open_part(export_key(bytes([1] * 32)), sealed, export=export, run=run, number=3)


def test_what_a_citizen_contests_opens_in_its_own_place_only(cast: Cast) -> None:
    label, other = Contest(pk=uuid4()).words_label("claim"), Contest(pk=uuid4()).words_label("claim")
    sealed = seal_words(cast.anna.log_subject, label, "This was not me.")
    assert open_words(cast.anna.log_subject, {label: sealed}) == {label: "This was not me."}
    for subject, under in ((cast.bram.log_subject, label), (cast.anna.log_subject, other)):
        with pytest.raises(DoesNotOpen):
            open_words(subject, {under: sealed})


def test_every_column_of_bytes_is_in_the_table_or_is_nobodys_secret() -> None:
    tried = {f"{kind.model._meta.label}.{column}" for kind in KINDS for column in kind.columns}
    columns = {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if isinstance(column, models.BinaryField)
    }
    elsewhere = SEALED_APART | COPIED_NAMES
    assert columns - tried - set(NOT_SEALED) - elsewhere == set()
    assert tried | set(NOT_SEALED) | elsewhere == columns, "the lists name a column that is no more"
    assert not tried & set(NOT_SEALED)


def test_every_column_that_says_what_a_row_belongs_to_is_bound_or_need_not_be() -> None:
    unbound = {
        f"{kind.model._meta.label}.{column.name}"
        for kind in KINDS
        for column in kind.model._meta.concrete_fields
        if column.primary_key or column.is_relation or isinstance(column, models.UUIDField) or column.name in PLACES
        if column.attname not in kind.bound
    }
    assert unbound == set(NOT_BOUND)
