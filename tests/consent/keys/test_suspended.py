"""A pause sets the key aside: it opens nothing, not even for code that skips the check, and it is whole."""

import pytest

from consent.errors import KeySuspended
from consent.keys.consent_key import find_consent_key
from consent.keys.models import ConsentKey
from consent.models import Consent
from consent.services.change import narrow_consent, pause_consent, resume_consent, withdraw_consent
from sharing.models import Release, SealedItem
from sharing.services.copies import open_item
from sharing.services.release import release
from tests.cast import SIZE, Cast


def test_a_paused_consent_opens_for_nobody(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    wrapped = bytes(ConsentKey.objects.get(consent_id=consent.pk).wrapped or b"")
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    with pytest.raises(KeySuspended):
        find_consent_key(consent.pk)
    # Whoever sets the consent back by hand still has no key.
    Consent.objects.filter(pk=consent.pk).update(state="given")
    with pytest.raises(KeySuspended):
        release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="forged")
    assert not Release.objects.exists()
    assert bytes(ConsentKey.objects.get(consent_id=consent.pk).wrapped or b"") == wrapped


def test_after_the_pause_the_same_key_opens_the_same_copies(cast: Cast) -> None:
    consent = cast.grant()
    key = find_consent_key(consent.pk)
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    resume_consent(citizen=cast.anna, consent_id=consent.pk)
    assert find_consent_key(consent.pk) == key
    assert all(open_item(item, consent_key=key) for item in SealedItem.objects.filter(consent=consent))


def test_narrowed_in_a_pause_the_new_key_is_set_aside_too(cast: Cast) -> None:
    consent = cast.grant()
    paused = pause_consent(citizen=cast.anna, consent_id=consent.pk)
    terms = {**paused.conditions, "fields": [SIZE]}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=paused.version)
    with pytest.raises(KeySuspended):
        find_consent_key(consent.pk)
    resume_consent(citizen=cast.anna, consent_id=consent.pk)
    (item,) = SealedItem.objects.filter(consent=consent)
    assert open_item(item, consent_key=find_consent_key(consent.pk)) == {SIZE: 3}


def test_a_suspended_key_is_destroyed_like_any_other(cast: Cast) -> None:
    consent = cast.grant()
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    row = ConsentKey.objects.get(consent_id=consent.pk)
    assert (row.wrapped, row.suspended_at) == (None, None)
