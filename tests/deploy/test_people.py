"""What the log is told of people: who may see what of it, and names in bulk."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.translation import override

from audit.models import Record
from audit.people import people
from consent.models import Citizen, Mandate, Member, Role
from consent.system import find_system
from deploy.people import People
from tests.api import token_for
from tests.cast import YEAR, Cast

As = Callable[[object], HttpRequest]


@pytest.fixture
def request_of(rf: RequestFactory) -> As:
    def make(user: object) -> HttpRequest:
        request = rf.get("/")
        request.user = user  # type: ignore[assignment]  # a system stands where a user is expected
        return request

    return make


def test_the_setting_wires_it() -> None:
    assert isinstance(people(), People)


def test_a_stranger_sees_nothing(request_of: As, db: None) -> None:
    viewer = people().viewer(request_of(AnonymousUser()))
    assert (viewer.kind, viewer.subject, viewer.organisations) == ("anonymous", "", frozenset())


def test_a_citizen_sees_what_is_about_them(cast: Cast, request_of: As) -> None:
    viewer = people().viewer(request_of(cast.anna.account))
    assert (viewer.kind, viewer.subject) == ("subject", cast.anna.log_subject)
    assert viewer.user_sealed == b""


def test_an_auditor_sees_their_own_organisation(cast: Cast, request_of: As) -> None:
    viewer = people().viewer(request_of(cast.hanna.account))
    assert (viewer.kind, viewer.organisations) == ("auditor", frozenset({cast.municipality.oin}))
    assert (viewer.role, viewer.user_sealed) == ("auditor", bytes(cast.hanna.sealed_name))
    assert viewer.account == cast.hanna.account_id


def test_other_staff_see_nothing_but_are_named_in_their_refusals(cast: Cast, request_of: As) -> None:
    viewer = people().viewer(request_of(cast.daan.account))
    assert (viewer.kind, viewer.organisations) == ("staff", frozenset())
    assert (viewer.organisation, viewer.role) == (cast.municipality.oin, "requester")


@pytest.mark.parametrize(
    ("role", "scopes", "kind"),
    [
        (Role.AUDITOR, "entries:read", "organisation"),
        (Role.PRIVACY_OFFICER, "entries:read", "organisation"),
        (Role.AUDITOR, "requests:write", "staff"),
        (Role.REQUESTER, "entries:read", "staff"),
        (Role.APPROVER, "entries:read", "staff"),
        (Role.PURPOSE_EDITOR, "entries:read", "staff"),
    ],
)
def test_a_system_sees_with_the_scope_and_the_role_for_it(
    cast: Cast, request_of: As, role: str, scopes: str, kind: str
) -> None:
    cast.police_system.role = role
    cast.police_system.save()
    system = find_system(token_for(cast.police_system, scopes=scopes))
    viewer = people().viewer(request_of(system))
    assert viewer.kind == kind
    assert viewer.organisations == (frozenset({cast.police.oin}) if kind == "organisation" else frozenset())
    assert (viewer.organisation, viewer.role) == (cast.police.oin, role)


def test_a_requester_s_system_reads_no_log_whatever_its_token_says(cast: Cast, client: Client) -> None:
    """Through the log it would learn who was asked and who said no."""
    token = {"Authorization": f"Bearer {token_for(cast.municipal_system, scopes='entries:read')}"}
    entry = Record.objects.filter(organisation=cast.municipality.oin).first()
    assert entry is not None
    for address in ("entries", f"entries/{entry.entry_id}", f"entries/{entry.entry_id}/proof"):
        answer = client.get(f"/api/v1/{address}", headers=token)
        assert answer.status_code in {403, 404}
        assert "results" not in answer.json()
    cast.municipal_system.role = Role.AUDITOR
    cast.municipal_system.save()
    assert client.get("/api/v1/entries", headers=token).status_code == 200


def test_names_cost_one_query_whatever_their_number(
    cast: Cast, django_assert_num_queries: Callable[[int], object]
) -> None:
    nobody = UUID("01890000-0000-7000-8000-000000000000")
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        names = people().organisation_names([cast.municipality.oin, cast.police.oin, "00000000000000000000"])
    assert names == {cast.municipality.oin: "Gemeente Voorbeeldstad", cast.police.oin: "Politie"}
    with django_assert_num_queries(1), override("en"):  # type: ignore[attr-defined]
        titles = people().purpose_titles([cast.energy.pk, nobody])
    assert titles == {cast.energy.pk: "Energy allowance"}


def test_verdicts_are_said_in_the_language_asked_for() -> None:
    verdicts = [{"code": "purpose-in-force", "holds": True, "params": {}}]
    assert people().sentences(verdicts, "en", {}) == ["The purpose is in use."]
    assert people().sentences(verdicts, "nl", {}) != ["The purpose is in use."]


def test_a_verdict_calls_fields_by_their_titles() -> None:
    verdicts = [{"code": "fields", "holds": False, "params": {"notGranted": [YEAR, "income#/gone"]}}]
    assert people().sentences(verdicts, "en", {YEAR: "Year"}) == ["Not shared: Year, income#/gone."]


@pytest.fixture
def kin(cast: Cast) -> Callable[[Member, Citizen], str | None]:
    def relation(member: Member, citizen: Citizen) -> str | None:
        pair = (bytes(member.sealed_name), citizen.log_subject)
        return people().relations([pair], member.organisation.oin).get(pair)

    return relation


def test_who_is_near_to_whom_is_what_accounts_and_mandates_tell(
    cast: Cast, kin: Callable[[Member, Citizen], str | None]
) -> None:
    """Daan is Anna, here: one account with which somebody is a citizen and a member of staff."""
    assert kin(cast.daan, cast.anna) is None
    as_anna = Member.objects.create(
        account=cast.anna.account,
        organisation=cast.municipality,
        role=Role.REQUESTER,
        department="Work",
        sealed_name=b"the sealed name of Anna at work",
    )
    assert kin(as_anna, cast.anna) == "self"
    assert kin(cast.daan, cast.anna) == "colleague"
    assert kin(cast.eva, cast.anna) is None  # Eva works elsewhere
    assert kin(as_anna, cast.bram) is None
    mandate = Mandate.objects.create(
        kind=Mandate.Kind.REPRESENTATIVE,
        citizen=cast.bram,
        holder=cast.anna,
        verification=Mandate.Verification.GIVEN_ONLINE,
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(days=30),
    )
    assert kin(as_anna, cast.bram) == "acts-for"
    Mandate.objects.filter(pk=mandate.pk).update(citizen=cast.anna, holder=cast.bram)
    assert kin(as_anna, cast.bram) == "acted-for-by"
    Mandate.objects.filter(pk=mandate.pk).update(ended_at=timezone.now())
    assert kin(as_anna, cast.bram) is None


def test_nearness_costs_the_same_for_one_pair_as_for_many(
    cast: Cast, django_assert_num_queries: Callable[[int], object]
) -> None:
    employees = [bytes(member.sealed_name) for member in (cast.daan, cast.hanna, cast.gijs)]
    subjects = [cast.anna.log_subject, cast.bram.log_subject, "c" * 64]
    for pairs in ([(employees[0], subjects[0])], [(one, other) for one in employees for other in subjects]):
        with django_assert_num_queries(4):  # type: ignore[attr-defined]
            assert people().relations(pairs, cast.municipality.oin) == {}


def test_those_who_oversee_have_names_for_each_other(cast: Cast) -> None:
    nobody = UUID("01890000-0000-7000-8000-000000000000")
    assert people().account_names([cast.hanna.account_id, nobody]) == {
        cast.hanna.account_id: cast.hanna.account.display_name
    }


def test_reasons_have_titles_without_what_differs(cast: Cast) -> None:
    with override("en"):
        assert people().reason_titles(["uses", "made-up"]) == {"uses": "All uses were taken"}


def test_roles_fields_and_purposes_have_titles(cast: Cast, django_assert_num_queries: Callable[[int], object]) -> None:
    with override("nl"):
        assert people().role_titles(["requester", "nobody"]) == {"requester": "behandelaar"}
        assert set(people().role_choices()) == set(Role)
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            assert people().field_titles([cast.energy.pk])[YEAR] == "Year"
        with django_assert_num_queries(0):  # type: ignore[attr-defined]
            assert people().field_titles([]) == {}
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            assert people().purpose_choices()["energy-allowance"] == "Energietoeslag"
