"""The key hierarchy: what opens, where, and for how long."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import DoesNotOpen, KeyServiceUnavailable
from consent.keys.binding import Part, binding
from consent.keys.consent_key import find_consent_key, open_consent_key
from consent.keys.envelope import random_key, seal, unseal
from consent.keys.epoch import start_epoch
from consent.keys.memory import memory
from consent.keys.models import ConsentKey, Epoch, PurposeKey
from consent.keys.pseudonym import log_subject, purpose_pseudonym
from consent.keys.ring import open_purpose_key, purpose_key
from consent.keys.staff_name import disclose_staff_name
from consent.keys.vault_key import open_vault_key
from tests.cast import Cast

PARTS = st.one_of(st.text(max_size=5), st.binary(max_size=5), st.integers(0, 2**63), st.uuids())


@given(st.lists(PARTS, max_size=4), st.lists(PARTS, max_size=4))
def test_two_lists_of_parts_never_bind_the_same(one: list[Part], other: list[Part]) -> None:
    same = [(type(part), part) for part in one] == [(type(part), part) for part in other]
    assert (binding("level", *one) == binding("level", *other)) == same


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_what_is_sealed_opens_with_its_key_in_its_place(plaintext: bytes, place: bytes) -> None:
    key = random_key()
    sealed = seal(key, plaintext, place)
    assert unseal(key, sealed, place) == plaintext
    for wrong_key, wrong_place in [(random_key(), place), (key, place + b"x")]:
        with pytest.raises(DoesNotOpen):
            unseal(wrong_key, sealed, wrong_place)


@given(st.integers(0, 500), st.integers(1, 255))
def test_one_changed_byte_does_not_open(position: int, change: int) -> None:
    key = random_key()
    sealed = bytearray(seal(key, b"twenty bytes of text", b""))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(DoesNotOpen):
        unseal(key, bytes(sealed), b"")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 27])
def test_what_is_too_short_does_not_open(sealed: bytes) -> None:
    with pytest.raises(DoesNotOpen):
        unseal(random_key(), sealed, b"")


def test_a_consent_key_opens_nowhere_else(cast: Cast) -> None:
    anna, bram = cast.grant(), cast.grant(cast.bram)
    row = ConsentKey.objects.get(consent_id=anna.pk)
    assert row.wrapped is not None
    right: dict[str, Any] = {
        "consent_id": anna.pk,
        "purpose_key_id": row.purpose_key_id,
        "generation": row.generation,
        "wrapped": bytes(row.wrapped),
        "suspended": False,
    }
    assert len(open_consent_key(**right)) == 32
    for change in ({"consent_id": bram.pk}, {"generation": 2}):
        with pytest.raises(DoesNotOpen):
            open_consent_key(**{**right, **change})


def test_a_purpose_key_moved_to_another_scope_does_not_open(cast: Cast) -> None:
    cast.grant()
    vault, purpose = PurposeKey.objects.get(scope="vault"), PurposeKey.objects.get(scope=str(cast.energy.purpose_id))
    memory.forget()
    PurposeKey.objects.filter(pk=purpose.pk).update(wrapped=vault.wrapped)
    with pytest.raises(DoesNotOpen):
        open_purpose_key(purpose.pk)


def test_every_scope_has_a_key_of_its_own(cast: Cast) -> None:
    cast.grant()
    keys = [open_purpose_key(row.pk) for row in PurposeKey.objects.all()]
    assert len(keys) == 3
    assert all(one != other for one, other in combinations(keys, 2))


def test_purpose_keys_are_remembered_and_consent_keys_never(
    cast: Cast, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    consent = cast.grant()
    find_consent_key(consent.pk)
    # Which of its keys is in use, and that key.
    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's context manager
        find_consent_key(consent.pk)


def test_a_pseudonym_is_steady_and_means_nothing_elsewhere(cast: Cast) -> None:
    anna = cast.anna.pk
    purpose = cast.energy.purpose_id
    assert purpose_pseudonym(purpose, anna) == purpose_pseudonym(purpose, anna)
    names = {
        purpose_pseudonym(purpose, anna),
        purpose_pseudonym(cast.bram.pk, anna),
        log_subject(anna),
        purpose_pseudonym(purpose, cast.bram.pk),
    }
    assert len(names) == 4


def test_a_staff_name_opens_for_its_organisation_only(cast: Cast) -> None:
    assert disclose_staff_name(cast.municipality, bytes(cast.daan.sealed_name)) == "Daan Jansen"
    with pytest.raises(DoesNotOpen):
        disclose_staff_name(cast.police, bytes(cast.daan.sealed_name))


def test_the_bsn_stands_nowhere_in_the_open(cast: Cast) -> None:
    cast.anna.refresh_from_db()
    for value in (bytes(cast.anna.bsn_sealed), bytes(cast.anna.bsn_hmac), cast.anna.log_subject.encode()):
        assert b"999990342" not in value
    assert len(open_vault_key(cast.anna)) == 32


def test_starting_the_epoch_twice_makes_one(db: None) -> None:
    assert start_epoch().number == 1
    assert start_epoch().number == 1
    assert Epoch.objects.count() == 1
    assert (Path(settings.KEY_SERVICE_FOLDER) / "epoch-1.key").is_file()


def test_people_do_not_read_what_is_for_the_operator(db: None) -> None:
    start_epoch()
    for file in Path(settings.KEY_SERVICE_FOLDER).iterdir():
        file.unlink()
    with pytest.raises(KeyServiceUnavailable) as refused:
        purpose_key("vault")
    assert "KEY_SERVICE_FOLDER" not in str(refused.value)
    assert "kunnen nu niet worden geopend" in str(refused.value.detail)
    with pytest.raises(CommandError, match=r"KEY_SERVICE_FOLDER has no deelwijs-keys"):
        call_command("keys", "start")


def test_an_epoch_without_its_key_is_not_started_anew(db: None) -> None:
    start_epoch()
    (Path(settings.KEY_SERVICE_FOLDER) / "epoch-1.key").unlink()
    with pytest.raises(KeyServiceUnavailable):
        start_epoch()


def test_without_an_epoch_nothing_is_sealed(db: None) -> None:
    with pytest.raises(KeyServiceUnavailable):
        purpose_key("vault")
