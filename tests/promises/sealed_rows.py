"""Every column that holds sealed data: how it is opened, what it is bound to, and two rows of it that differ in that.

In this deployment all random keys are the same 32 bytes. So whatever refuses to open here does so because of what is
bound into it, and never because another key happened to be at hand.
"""

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import models
from django.db.transaction import atomic

from audit.entry import commit_to_user, read_user_commitment
from audit.models import Record
from consent.errors import DoesNotOpen
from consent.keys import consent_key, staff_name, vault_key
from consent.keys.envelope import KEY_BYTES
from consent.keys.models import ConsentKey, DisclosureKey, PseudonymKey, PurposeKey, VaultKey
from consent.keys.ring import open_random_key, pseudonym_binding, purpose_binding
from consent.keys.service import key_service
from consent.keys.staff_name import disclose_staff_name
from consent.mail.secret import open_address
from consent.models import Citizen, Client, Consent, DatasetVersion, LegalBasis, MailAddress, Member, Organisation
from consent.services.answer import grant_consent
from consent.services.preferences import set_address
from consent.services.purposes import AskedField
from sharing.export.parts import person
from sharing.files.keys import (
    open_file_name,
    open_from_consent,
    open_from_vault,
    open_upload_key,
    open_upload_name,
)
from sharing.models import Export, SealedItem, SharedFile, StoredFile, Upload, VaultRecord
from sharing.services.copies import open_item
from sharing.services.export import ask_export, make_export, open_export
from sharing.services.open_vault import open_stored
from sharing.services.vault import store_record
from tests.cast import Cast, make_cast
from tests.consent.keys.epochs import rotate
from tests.purposes import publish
from tests.sharing.filing import PLACE, begin, publish_sightings, store

KEY = bytes(range(KEY_BYTES))
REASON = {"nl": "r", "en": "r"}


@dataclass(frozen=True)
class Sealed:
    """One or more columns that open together, and the columns of the row that are bound into them."""

    model: type[models.Model]
    columns: tuple[str, ...]
    open: Callable[[Any], object]
    bound: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.model._meta.label}.{'+'.join(self.columns)}"

    def put(self, *sealed: bytes, into: Any) -> Any:
        """Return a copy of the row `into`, not stored, with other bytes in its sealed columns."""
        row = copy.copy(into)
        for column, value in zip(self.columns, sealed, strict=True):
            setattr(row, column, value)
        return row

    def sealed(self, row: Any) -> tuple[bytes, ...]:
        return tuple(bytes(getattr(row, column)) for column in self.columns)


@dataclass(frozen=True)
class Pair:
    """Two rows that differ in all that is bound; where they cannot, `also` has another value for the column."""

    here: Any
    there: Any
    also: dict[str, object] = field(default_factory=dict)

    def elsewhere(self, column: str) -> object:
        return self.also.get(column, getattr(self.there, column))


def open_wrap(binding_of: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    return lambda row: key_service().unwrap(row.epoch.key_name, bytes(row.wrapped), binding_of(row))


def open_as(level: str, owner: str) -> Callable[[Any], bytes]:
    return lambda row: open_random_key(row, level=level, owner=getattr(row, owner))


def open_mail_address(row: Any) -> str:
    return open_address(Citizen.objects.get(pk=row.citizen_id), bytes(row.sealed))


def open_staff_name(row: Any) -> str:
    return disclose_staff_name(Organisation.objects.get(pk=row.organisation_id), bytes(row.sealed_name))


def open_logged_name(record: Record) -> str:
    """Disclose the name in a record of the log, as an auditor may: not before the entry's own commitment holds."""
    committed = commit_to_user(bytes(record.user_salt), bytes(record.user_sealed))
    if committed != read_user_commitment(bytes(record.canonical)):
        raise DoesNotOpen
    return disclose_staff_name(Organisation.objects.get(oin=record.organisation), bytes(record.user_sealed))


def open_export_row(row: Export) -> bytes:
    """Open an export by the service, which takes nothing but an id: so the row is put in the database as it is."""
    with atomic():
        Export.objects.filter(pk=row.pk).update(sealed=row.sealed, citizen_id=row.citizen_id)
        return open_export(citizen=Citizen.objects.get(pk=row.citizen_id), export_id=row.pk)


_KEY = "generation purpose_key_id"
_FILE = "id citizen_id dataset_version_id pointer"


def _kind(model: type[models.Model], columns: str, opening: Callable[[Any], object], bound: str) -> Sealed:
    return Sealed(model, tuple(columns.split()), opening, tuple(bound.split()))


KINDS = (
    _kind(PurposeKey, "wrapped", open_wrap(purpose_binding), "id scope epoch_id"),
    # Without the epoch: a pseudonym key is wrapped anew for each.
    _kind(PseudonymKey, "wrapped", open_wrap(pseudonym_binding), "id scope generation"),
    _kind(ConsentKey, "wrapped", open_as(consent_key.LEVEL, "consent_id"), f"consent_id {_KEY}"),
    _kind(VaultKey, "wrapped", open_as(vault_key.LEVEL, "citizen_id"), f"citizen_id {_KEY}"),
    _kind(DisclosureKey, "wrapped", open_as(staff_name.LEVEL, "organisation_id"), f"organisation_id {_KEY}"),
    _kind(Citizen, "bsn_sealed", lambda row: person(row, KEY)["bsn"], "id"),
    _kind(MailAddress, "sealed", open_mail_address, "citizen_id"),
    _kind(Member, "sealed_name", open_staff_name, "organisation_id"),
    _kind(Client, "sealed_name", open_staff_name, "organisation_id"),
    _kind(Record, "user_sealed user_salt", open_logged_name, "organisation canonical"),
    _kind(
        SealedItem,
        "wrapped_data_key sealed",
        lambda row: open_item(row, consent_key=KEY),
        "id consent_id dataset_version_id version",
    ),
    _kind(
        VaultRecord,
        "wrapped_data_key sealed",
        lambda row: open_stored(row, vault_key=KEY),
        "id citizen_id dataset_version_id version",
    ),
    _kind(StoredFile, "wrapped_data_key", lambda row: open_from_vault(row, vault_key=KEY), _FILE),
    _kind(StoredFile, "sealed_name", lambda row: open_file_name(row, vault_key=KEY), "id citizen_id"),
    _kind(
        SharedFile, "wrapped_data_key", lambda row: open_from_consent(row, consent_key=KEY), "consent_id file_id name"
    ),
    _kind(Upload, "wrapped_upload_key", lambda row: open_upload_key(row, vault_key=KEY), _FILE),
    _kind(Upload, "sealed_name", lambda row: open_upload_name(row, vault_key=KEY), _FILE),
    _kind(Export, "sealed", open_export_row, "id citizen_id"),
)
# A name of staff is sealed once and copied into each entry, where the entry's own commitment holds it in its place.
ONE_SEAL = {Member, Client, Record}


def same_keys(patch: pytest.MonkeyPatch) -> None:
    """Make every random key of 32 bytes the same; nonces and salts stay random."""

    def urandom(length: int) -> bytes:
        return KEY if length == KEY_BYTES else os.urandom(length)

    patch.setattr("consent.keys.envelope.os", SimpleNamespace(urandom=urandom))
    patch.setattr("sharing.services.files.check.secrets", SimpleNamespace(token_bytes=urandom))


def seal_everything() -> dict[str, Pair]:
    """Bring the cast and its files on stage, in the current database; return two rows of each kind, by its name."""
    cast = make_cast()
    sightings = publish_sightings(cast)
    # The next version of it, with less that must be filled in.
    other = publish_sightings(cast, required=())
    for citizen in (cast.anna, cast.bram):
        for version in (sightings, other):
            store_record(citizen=citizen, dataset_version=version, content={PLACE: "Dam"})
        set_address(citizen=citizen, address="somebody@example.nl")
        exported(citizen)
    files = store(cast.anna, sightings), store(cast.bram, other)
    uploads = begin(cast.anna, sightings, 10), begin(cast.bram, other, 10)
    one, two = share(cast, cast.anna, sightings, "one"), share(cast, cast.bram, other, "two")
    # So that there are wraps of two epochs.
    rotate()
    old, new = PurposeKey.objects.filter(scope="vault").order_by("epoch")
    of_two = PurposeKey.objects.get(scope=str(two.purpose_id), epoch=new.epoch)
    key: dict[str, object] = {"purpose_key_id": old.pk, "generation": 2}
    pointer: dict[str, object] = {"pointer": f"/{PLACE}"}

    def pair(model: Any, column: str, here: object, there: object, **also: object) -> Pair:
        return Pair(model.objects.get(**{column: here}), model.objects.get(**{column: there}), also)

    anna, bram = cast.anna.pk, cast.bram.pk
    pairs = [
        Pair(old, of_two),
        pair(PseudonymKey, "scope", "log", "identity", generation=2),
        pair(ConsentKey, "consent_id", one.pk, two.pk, **key),
        pair(VaultKey, "citizen_id", anna, bram, **key),
        pair(DisclosureKey, "organisation_id", cast.municipality.pk, cast.police.pk, **key),
        pair(Citizen, "pk", anna, bram),
        pair(MailAddress, "pk", anna, bram),
        Pair(cast.daan, cast.eva),
        Pair(cast.municipal_system, cast.police_system),
        Pair(entry_of(cast.femke), entry_of(cast.gijs), {"organisation": cast.police.oin}),
        pair(SealedItem, "consent", one, two, version=2),
        Pair(own_record(cast.anna, sightings), own_record(cast.bram, other), {"version": 7}),
        Pair(*files, pointer),
        Pair(*files),
        pair(SharedFile, "consent", one, two, name=f"sighting#/{PLACE}"),
        Pair(*uploads, pointer),
        Pair(*uploads, pointer),
        pair(Export, "citizen", cast.anna, cast.bram),
    ]
    return {kind.name: of_kind for kind, of_kind in zip(KINDS, pairs, strict=True)}


def share(cast: Cast, citizen: Citizen, dataset_version: DatasetVersion, slug: str) -> Consent:
    """Let a citizen share the place and the picture for a purpose of its own."""
    fields = [AskedField(dataset_version, f"/{name}", required=False, reason=REASON) for name in (PLACE, "picture")]
    version = publish(cast, slug, fields=fields, legal_basis=LegalBasis.PUBLIC_TASK)
    return grant_consent(
        citizen=citizen,
        purpose_version_id=version.pk,
        terms=cast.terms(fields=[field.name for field in version.fields.all()]),
        language="nl",
        notice_hash=version.notice_hashes["nl"],
    )


def exported(citizen: Citizen) -> None:
    export, _new = ask_export(citizen=citizen, languages=("nl",))
    make_export(export_id=export.pk)


def own_record(citizen: Citizen, version: DatasetVersion) -> VaultRecord:
    return VaultRecord.objects.get(citizen=citizen, dataset_version=version)


def entry_of(member: Member) -> Record:
    record = Record.objects.filter(user_sealed=member.sealed_name).first()
    assert record is not None
    return record
