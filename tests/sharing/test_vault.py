from typing import Any

import pytest
from django.utils.translation import override

from audit.models import Record
from audit.timeline import describe
from consent.errors import DoesNotOpen
from sharing.errors import InvalidRecord, RecordChanged
from sharing.models import VaultRecord
from sharing.services.open_vault import open_vault
from sharing.services.vault import store_record
from tests.cast import ANNA_INCOME, Cast


def test_a_record_comes_back_as_it_was_stored(cast: Cast) -> None:
    assert open_vault(cast.anna, {cast.income.pk}) == {cast.income.pk: {"amount": ANNA_INCOME, "year": 2025}}


def test_what_was_not_filled_in_is_left_out(cast: Cast) -> None:
    assert open_vault(cast.bram, {cast.income.pk, cast.household.pk}) == {}


def test_a_newer_record_takes_the_place_of_the_older(cast: Cast) -> None:
    stored = store_record(citizen=cast.anna, dataset_version=cast.income, content={"amount": 1})
    assert stored.version == 2
    assert open_vault(cast.anna, {cast.income.pk}) == {cast.income.pk: {"amount": 1}}


@pytest.mark.parametrize("content", [{"amount": "much"}, {"amount": -1}, {"colour": "red"}, {"amount": -1, "x": 1}])
def test_what_is_not_of_the_dataset_is_refused(cast: Cast, content: dict[str, Any]) -> None:
    before = Record.objects.count()
    with pytest.raises(InvalidRecord) as caught:
        store_record(citizen=cast.anna, dataset_version=cast.income, content=content)
    assert caught.value.errors
    assert open_vault(cast.anna, {cast.income.pk})[cast.income.pk]["amount"] == ANNA_INCOME
    assert Record.objects.count() == before


def test_the_values_stand_nowhere_in_the_open(cast: Cast) -> None:
    record = VaultRecord.objects.get(citizen=cast.anna, dataset_version=cast.income)
    assert str(ANNA_INCOME).encode() not in bytes(record.sealed)


@pytest.mark.parametrize("place", ["citizen", "dataset_version", "version"])
def test_a_record_moved_to_another_place_does_not_open(cast: Cast, place: str) -> None:
    record = VaultRecord.objects.filter(citizen=cast.anna, dataset_version=cast.income)
    if place == "citizen":
        record.update(citizen=cast.bram)
        reader, dataset_version = cast.bram, cast.income
    elif place == "dataset_version":
        VaultRecord.objects.filter(citizen=cast.anna, dataset_version=cast.household).delete()
        record.update(dataset_version=cast.household)
        reader, dataset_version = cast.anna, cast.household
    else:
        record.update(version=7)
        reader, dataset_version = cast.anna, cast.income
    with pytest.raises(DoesNotOpen):
        open_vault(reader, {dataset_version.pk})


def test_a_correction_is_stored_with_the_version_that_it_was_made_to(cast: Cast) -> None:
    stored = store_record(
        citizen=cast.anna, dataset_version=cast.income, content={"amount": 1, "year": 2025}, expected_version=1
    )
    assert stored.version == 2
    before = Record.objects.count()
    # The button pressed twice.
    again = store_record(
        citizen=cast.anna, dataset_version=cast.income, content={"amount": 1, "year": 2025}, expected_version=1
    )
    assert again.version == 2
    assert Record.objects.count() == before


@pytest.mark.parametrize("expected", [0, 2])
def test_a_correction_of_what_changed_since_is_refused(cast: Cast, expected: int) -> None:
    before = Record.objects.count()
    with pytest.raises(RecordChanged):
        store_record(citizen=cast.anna, dataset_version=cast.income, content={"amount": 1}, expected_version=expected)
    assert open_vault(cast.anna, {cast.income.pk})[cast.income.pk]["amount"] == ANNA_INCOME
    assert Record.objects.count() == before


def test_the_history_says_which_data_was_changed(cast: Cast) -> None:
    records = Record.objects.about(cast.anna.log_subject).filter(action="sharing.vault-changed").order_by("at")
    with override("en"):
        titles = [str(one.action_title) for one in describe(list(records), reader="subject")]
        neutral = {str(one.action_title) for one in describe(list(records))}
    assert titles == ["Your own data was changed: Household", "Your own data was changed: Income"]
    assert neutral == {"Own data of a resident was changed"}
