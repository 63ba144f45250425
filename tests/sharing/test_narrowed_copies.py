"""Narrowing a consent: the copies hold what is still shared, under a key of their own."""

import pytest

from consent.errors import DoesNotOpen
from consent.keys.consent_key import find_consent_key
from consent.models import Consent
from consent.services.change import narrow_consent
from sharing.models import SealedItem
from sharing.services.copies import open_item
from sharing.services.release import release
from sharing.services.vault import store_record
from tests.cast import ANNA_INCOME, INCOME, SIZE, YEAR, Cast


def narrow(cast: Cast, consent: Consent, *fields: str) -> None:
    terms = {**consent.conditions, "fields": list(fields)}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)


def opened(consent: Consent) -> dict[str, object]:
    key = find_consent_key(consent.pk)
    found: dict[str, object] = {}
    for item in SealedItem.objects.filter(consent=consent):
        found |= open_item(item, consent_key=key)
    return found


def test_only_what_is_still_shared_is_sealed_anew(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME, YEAR])
    before = set(SealedItem.objects.values_list("pk", flat=True))
    narrow(cast, consent, SIZE, INCOME)
    assert opened(consent) == {SIZE: 3, INCOME: ANNA_INCOME}
    assert not SealedItem.objects.filter(pk__in=before).exists()


def test_a_dataset_that_is_no_longer_shared_has_no_copy(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME])
    narrow(cast, consent, SIZE)
    assert opened(consent) == {SIZE: 3}
    assert SealedItem.objects.filter(consent=consent).count() == 1


def test_the_old_key_opens_nothing_any_more(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME])
    old_key = find_consent_key(consent.pk)
    narrow(cast, consent, SIZE)
    with pytest.raises(DoesNotOpen):
        open_item(SealedItem.objects.get(consent=consent), consent_key=old_key)


def test_the_values_stay_those_that_were_agreed_to(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME])
    store_record(citizen=cast.anna, dataset_version=cast.household, content={"size": 9})
    narrow(cast, consent, SIZE)
    assert opened(consent) == {SIZE: 3}


def test_what_dropped_out_is_refused_and_the_rest_is_read(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME])
    both, one = cast.ask(SIZE, INCOME), cast.ask(SIZE)
    narrow(cast, consent, SIZE)
    actor = cast.daan.as_actor()
    refused = release(actor=actor, request_id=both.pk, idempotency_key="1")
    assert [verdict.code for verdict in refused.verdicts if not verdict.holds] == ["fields"]
    assert release(actor=actor, request_id=one.pk, idempotency_key="2").data_or_refusal().data == {SIZE: 3}
