import pytest

from consent.errors import DoesNotOpen
from consent.keys.consent_key import find_consent_key
from consent.models import Consent
from sharing.models import SealedItem
from sharing.services.copies import open_item
from sharing.services.vault import store_record
from tests.cast import ANNA_INCOME, INCOME, SIZE, YEAR, Cast


def opened(consent: Consent) -> dict[str, object]:
    key = find_consent_key(consent.pk)
    found: dict[str, object] = {}
    for item in SealedItem.objects.filter(consent=consent):
        found |= open_item(item, consent_key=key)
    return found


def test_exactly_the_granted_fields_are_sealed(cast: Cast) -> None:
    assert opened(cast.grant(fields=[SIZE])) == {SIZE: 3}


def test_fields_of_two_datasets_are_two_copies(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME, YEAR])
    assert opened(consent) == {SIZE: 3, INCOME: ANNA_INCOME, YEAR: 2025}
    assert SealedItem.objects.filter(consent=consent).count() == 2


def test_what_the_citizen_has_not_filled_in_is_left_out(cast: Cast) -> None:
    assert opened(cast.grant(cast.bram)) == {}


def test_a_later_change_of_the_vault_does_not_reach_the_copy(cast: Cast) -> None:
    consent = cast.grant()
    store_record(citizen=cast.anna, dataset_version=cast.household, content={"size": 9})
    assert opened(consent)[SIZE] == 3


def test_a_copy_opens_with_no_other_consents_key(cast: Cast) -> None:
    anna, bram = cast.grant(), cast.grant(cast.bram)
    item = SealedItem.objects.filter(consent=anna).first()
    assert item is not None
    with pytest.raises(DoesNotOpen):
        open_item(item, consent_key=find_consent_key(bram.pk))


def test_a_copy_moved_to_another_row_does_not_open(cast: Cast) -> None:
    consent = cast.grant()
    size, income = SealedItem.objects.filter(consent=consent).order_by("dataset_version__dataset__slug")
    size.wrapped_data_key, size.sealed = income.wrapped_data_key, income.sealed
    with pytest.raises(DoesNotOpen):
        open_item(size, consent_key=find_consent_key(consent.pk))
