"""From one epoch to the next: survivors stay readable, the destroyed stay destroyed, the old key goes last."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db.models import ProtectedError
from django.utils import timezone
from pytest_django import Settings

from audit.models import Record
from consent.errors import EpochNeeded, KeyDestroyed, KeyServiceUnavailable
from consent.keys.consent_key import find_consent_key
from consent.keys.epoch import current_epoch
from consent.keys.memory import memory
from consent.keys.models import ConsentKey, Epoch, PseudonymKey, PurposeKey, VaultKey
from consent.keys.pseudonym import log_subject, purpose_pseudonym
from consent.keys.rotation.destroy import FORGOTTEN_AFTER, destroy_epoch, empty_epoch, keys_that_need
from consent.keys.rotation.horizon import destruction_due
from consent.keys.rotation.rewrap import MODELS, keys_to_rewrap, rewrap_keys
from consent.keys.rotation.start import start_next_epoch
from consent.keys.rotation.turn import turn_epochs
from consent.keys.rotation.wear import wraps_by_purpose_key
from consent.keys.service import key_service
from consent.keys.staff_name import disclose_staff_name
from consent.keys.vault_key import open_vault_key
from consent.models import Consent
from consent.services.change import pause_consent, resume_consent, withdraw_consent
from sharing.models import SealedItem
from tests.cast import Cast
from tests.consent.keys.epochs import destroy, rotate


def details(action: str) -> list[dict[str, object]]:
    """Return the details of each entry with this action."""
    return [json.loads(bytes(row.canonical))["details"] for row in Record.objects.filter(action=action)]


def test_survivors_stay_readable_and_no_data_is_touched(cast: Cast) -> None:
    consent = cast.grant()
    key, vault_key = find_consent_key(consent.pk), open_vault_key(cast.anna)
    pseudonym = purpose_pseudonym(cast.energy.purpose_id, cast.anna.pk)
    sealed = list(SealedItem.objects.order_by("pk").values_list("wrapped_data_key", "sealed"))
    destroy(rotate())
    assert (find_consent_key(consent.pk), open_vault_key(cast.anna)) == (key, vault_key)
    assert (purpose_pseudonym(cast.energy.purpose_id, cast.anna.pk), log_subject(cast.anna.pk)) == (
        pseudonym,
        cast.anna.log_subject,
    )
    assert disclose_staff_name(cast.municipality, bytes(cast.daan.sealed_name)) == "Daan Jansen"
    assert list(SealedItem.objects.order_by("pk").values_list("wrapped_data_key", "sealed")) == sealed
    assert key_service().names() == ["epoch-2"]
    assert cast.grant(cast.bram).state == "given"


def test_a_paused_consent_survives_a_rotation(cast: Cast) -> None:
    consent = cast.grant()
    key = find_consent_key(consent.pk)
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    destroy(rotate())
    resume_consent(citizen=cast.anna, consent_id=consent.pk)
    assert find_consent_key(consent.pk) == key


def test_the_destroyed_stay_destroyed(cast: Cast) -> None:
    consent = cast.grant()
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    destroy(rotate())
    row = ConsentKey.objects.get(consent_id=consent.pk)
    assert (row.wrapped, row.purpose_key_id) == (None, None)
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)


def test_rewrapping_twice_changes_nothing(cast: Cast) -> None:
    cast.grant()
    rotate()
    before = list(ConsentKey.objects.values_list("purpose_key_id", "wrapped"))
    assert (keys_to_rewrap(), rewrap_keys()) == (0, 0)
    assert list(ConsentKey.objects.values_list("purpose_key_id", "wrapped")) == before


def test_it_stops_anywhere_and_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {consent.pk: find_consent_key(consent.pk) for consent in (cast.grant(), cast.grant(cast.bram))}
    monkeypatch.setattr("consent.keys.rotation.rewrap.BATCH", 1)
    start_next_epoch(now=timezone.now())
    waiting = keys_to_rewrap()
    assert 0 < rewrap_keys(most=waiting // 2) < waiting
    left = keys_to_rewrap()
    assert 0 < left < waiting
    # Some lie under the one epoch and some under the other, and all open.
    assert {consent_id: find_consent_key(consent_id) for consent_id in keys} == keys
    assert rewrap_keys() == left
    assert {consent_id: find_consent_key(consent_id) for consent_id in keys} == keys


def test_a_key_that_does_not_open_keeps_its_epoch_and_stops_no_other(cast: Cast) -> None:
    anna, bram = cast.grant(), cast.grant(cast.bram)
    key = find_consent_key(bram.pk)
    row = ConsentKey.objects.get(consent_id=anna.pk)
    ConsentKey.objects.filter(pk=row.pk).update(wrapped=bytes(60))
    epoch = rotate()
    assert keys_to_rewrap() == keys_that_need(epoch) == 1
    assert find_consent_key(bram.pk) == key
    with pytest.raises(EpochNeeded):
        empty_epoch(epoch, now=timezone.now())
    assert PurposeKey.objects.filter(epoch=epoch).exists()


def test_an_epoch_with_a_key_left_is_not_emptied(cast: Cast) -> None:
    cast.grant()
    start_next_epoch(now=timezone.now())
    epoch = Epoch.objects.get(number=1)
    with pytest.raises(EpochNeeded) as needed:
        empty_epoch(epoch, now=timezone.now())
    assert needed.value.params["keys"] == keys_that_need(epoch) > 0
    with pytest.raises(EpochNeeded):
        destroy_epoch(epoch, now=timezone.now())
    assert "epoch-1" in key_service().names()
    assert not Record.objects.filter(action__in=["consent.epoch-emptied", "consent.epoch-destroyed"]).exists()


def test_the_current_epoch_is_never_emptied(cast: Cast) -> None:
    with pytest.raises(EpochNeeded):
        empty_epoch(current_epoch(), now=timezone.now())


def test_no_key_goes_while_a_process_may_remember_it(cast: Cast) -> None:
    epoch, now = rotate(), timezone.now()
    empty_epoch(epoch, now=now)
    with pytest.raises(EpochNeeded):
        destroy_epoch(epoch, now=now + FORGOTTEN_AFTER - timedelta(seconds=1))
    assert "epoch-1" in key_service().names()
    destroy_epoch(epoch, now=now + FORGOTTEN_AFTER)
    assert "epoch-1" not in key_service().names()


def test_a_key_wrapped_at_the_last_moment_is_refused_with_its_purpose_key(cast: Cast) -> None:
    row = VaultKey.objects.get(citizen_id=cast.anna.pk)
    old = row.purpose_key_id
    empty_epoch(rotate(), now=timezone.now())
    VaultKey.objects.create(citizen_id=uuid4(), purpose_key_id=old, wrapped=bytes(60))
    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_a_purpose_key_in_use_is_not_deleted(cast: Cast) -> None:
    cast.grant()
    with pytest.raises(ProtectedError):
        PurposeKey.objects.all().delete()


def test_the_log_says_what_went_with_the_epoch(cast: Cast) -> None:
    withdraw_consent(citizen=cast.anna, consent_id=cast.grant().pk)
    cast.grant(cast.bram)
    epoch = rotate()
    destroy(epoch)
    destroy(epoch)
    assert details("consent.epoch-started") == [{"epoch": 2, "retired": 1}]
    living = sum(model.objects.living().count() for model in MODELS)
    assert details("consent.epoch-emptied") == [{"epoch": 1, "destroyedKeys": 1, "survivingKeys": living}]
    assert details("consent.epoch-destroyed") == [{"epoch": 1, "keyName": "epoch-1", "keysThatNeedIt": 0}]


def test_a_key_service_that_keeps_the_key_is_not_believed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    epoch = rotate()
    empty_epoch(epoch, now=timezone.now() - FORGOTTEN_AFTER)
    monkeypatch.setattr(type(key_service()), "destroy", lambda *_: None)
    with pytest.raises(KeyServiceUnavailable):
        destroy_epoch(epoch, now=timezone.now())
    epoch.refresh_from_db()
    assert epoch.destroyed_at is None
    assert not details("consent.epoch-destroyed")


def test_two_who_start_the_next_epoch_start_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    first = current_epoch()
    assert start_next_epoch(now=timezone.now()).number == 2
    # The other one had read the epoch before.
    monkeypatch.setattr("consent.keys.rotation.start.current_epoch", iter([first, current_epoch()]).__next__)
    assert start_next_epoch(now=timezone.now()).number == 2
    assert list(Epoch.objects.values_list("number", flat=True).order_by("number")) == [1, 2]


def test_the_beat_turns_epochs_when_they_are_due(cast: Cast, settings: Settings) -> None:
    cast.grant()
    begun = current_epoch().started_at
    assert not turn_epochs(now=begun + settings.KEY_EPOCH_LENGTH - timedelta(seconds=1))
    assert current_epoch().number == 1
    retired = begun + settings.KEY_EPOCH_LENGTH
    assert turn_epochs(now=retired)
    assert current_epoch().number == 2
    rewrap_keys()
    assert not turn_epochs(now=retired + FORGOTTEN_AFTER)
    epoch = Epoch.objects.get(number=1)
    assert (epoch.emptied_at, epoch.destroyed_at) == (retired + FORGOTTEN_AFTER, None)
    turn_epochs(now=destruction_due(epoch))
    assert list(Epoch.objects.filter(destroyed_at__isnull=False).values_list("number", flat=True)) == [1]
    assert key_service().names() == ["epoch-2"]


def test_a_worn_key_forces_the_next_epoch(cast: Cast, settings: Settings) -> None:
    consent = cast.grant()
    purpose_key = ConsentKey.objects.get(consent_id=consent.pk).purpose_key_id
    assert purpose_key is not None
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    cast.grant()
    # A destroyed key was wrapped as well.
    assert wraps_by_purpose_key(current_epoch())[purpose_key] == 2
    settings.KEY_MOST_WRAPS = 100
    turn_epochs(now=timezone.now())
    assert current_epoch().number == 1
    settings.KEY_MOST_WRAPS = 2
    turn_epochs(now=timezone.now())
    assert current_epoch().number == 2


def test_without_the_key_service_no_epoch_starts(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise KeyServiceUnavailable

    monkeypatch.setattr(type(key_service()), "create", away)
    with pytest.raises(KeyServiceUnavailable):
        start_next_epoch(now=timezone.now())
    assert Epoch.objects.get().retired_at is None


def test_a_key_service_that_lost_its_keys_gets_no_new_one(cast: Cast) -> None:
    cast.grant()
    for file in Path(settings.KEY_SERVICE_FOLDER).iterdir():
        file.unlink()
    with pytest.raises(KeyServiceUnavailable):
        start_next_epoch(now=timezone.now())
    assert list(Path(settings.KEY_SERVICE_FOLDER).iterdir()) == []
    assert Epoch.objects.get().retired_at is None


def test_pseudonym_keys_are_wrapped_anew_under_the_same_row(cast: Cast) -> None:
    before = {row.pk: bytes(row.wrapped) for row in PseudonymKey.objects.all()}
    rotate()
    after = {row.pk: bytes(row.wrapped) for row in PseudonymKey.objects.all()}
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    assert set(PseudonymKey.objects.values_list("epoch", flat=True)) == {2}


def command(what: str) -> str:
    said = StringIO()
    call_command("keys", what, stdout=said)
    return said.getvalue()


def test_the_command_goes_through_all_of_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    withdraw_consent(citizen=cast.anna, consent_id=cast.grant().pk)
    cast.grant(cast.bram)
    assert "Epoch 2 is in use" in command("rotate")
    assert "Epoch 1: retired, " in command("status")
    with pytest.raises(CommandError, match=r"Run first: manage\.py keys rewrap"):
        command("destroy")
    assert "0 are left" in command("rewrap")
    with pytest.raises(CommandError, match="for 10 minutes"):
        command("destroy")
    Epoch.objects.filter(number=1).update(emptied_at=timezone.now() - FORGOTTEN_AFTER)
    assert "The key of epoch 1 is destroyed" in command("destroy")
    said = command("status")
    assert "Epoch 1: destroyed on" in said
    assert "Consent keys: 1 living, 0 of them suspended, 1 destroyed" in said
    assert "Erasure horizon: 60 days, kept" in said
    memory.forget()
    assert find_consent_key(Consent.objects.given().get().pk)
