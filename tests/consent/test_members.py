from django.utils import timezone

from consent.models import Account, Member, Role
from consent.services.members import add_member, member_account
from tests.cast import Cast


def test_a_member_of_staff_is_found_by_the_providers_subject(cast: Cast) -> None:
    assert member_account("daan") == cast.daan.account


def test_a_citizen_is_no_member(cast: Cast) -> None:
    assert member_account(cast.anna.account.subject) is None


def test_who_left_or_was_switched_off_is_not_found(cast: Cast) -> None:
    Member.objects.filter(pk=cast.daan.pk).update(ended_at=timezone.now())
    Account.objects.filter(pk=cast.eva.account_id).update(is_active=False)
    assert member_account("daan") is None
    assert member_account("eva") is None


def test_adding_twice_gives_one_membership(cast: Cast) -> None:
    again = add_member(
        subject="daan",
        display_name="Daan Jansen",
        organisation=cast.municipality,
        role=Role.REQUESTER,
        department="elsewhere",
    )
    assert again == cast.daan
