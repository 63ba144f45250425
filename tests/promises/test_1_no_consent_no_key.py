"""Withdrawing or expiring destroys the key, so that the service itself can no longer open the copies."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from consent.errors import DoesNotOpen, KeyDestroyed
from consent.keys.consent_key import find_consent_key
from consent.models import Consent
from consent.services.change import withdraw_consent
from consent.services.expire import expire_consents
from sharing.models import SealedItem
from sharing.services.copies import open_item
from sharing.services.release import release
from tests.cast import Cast


def no_copy_opens(consent: Consent) -> None:
    items = SealedItem.objects.filter(consent=consent)
    assert items
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)


def test_after_a_withdrawal_nothing_opens(cast: Cast) -> None:
    consent = cast.grant()
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    no_copy_opens(consent)


def test_after_the_end_nothing_opens(cast: Cast) -> None:
    consent = cast.grant()
    with patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=8)):
        expire_consents()
    no_copy_opens(consent)


def test_between_the_end_and_the_beat_nothing_is_released(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    with patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=8)):
        outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="late")
    assert outcome.released is None


def test_a_new_consent_does_not_open_what_the_old_one_shared(cast: Cast) -> None:
    old = cast.grant()
    item = SealedItem.objects.filter(consent=old).first()
    assert item is not None
    withdraw_consent(citizen=cast.anna, consent_id=old.pk)
    new = cast.grant()
    with pytest.raises(DoesNotOpen):
        open_item(item, consent_key=find_consent_key(new.pk))


def test_a_consent_set_back_to_given_by_hand_stays_closed(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    Consent.objects.filter(pk=consent.pk).update(state="given")
    with pytest.raises(KeyDestroyed):
        release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="forged")
