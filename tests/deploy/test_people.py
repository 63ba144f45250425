"""What the log is told of people: who may see what of it, and names in bulk."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.translation import override

from audit.people import people
from consent.system import find_system
from deploy.people import People
from tests.api import token_for
from tests.cast import Cast

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


def test_other_staff_see_nothing_but_are_named_in_their_refusals(cast: Cast, request_of: As) -> None:
    viewer = people().viewer(request_of(cast.daan.account))
    assert (viewer.kind, viewer.organisations) == ("staff", frozenset())
    assert (viewer.organisation, viewer.role) == (cast.municipality.oin, "requester")


@pytest.mark.parametrize(("scopes", "kind"), [("entries:read", "organisation"), ("requests:write", "staff")])
def test_a_system_sees_with_the_scope_for_it(cast: Cast, request_of: As, scopes: str, kind: str) -> None:
    system = find_system(token_for(cast.police_system, scopes=scopes))
    viewer = people().viewer(request_of(system))
    assert viewer.kind == kind
    assert viewer.organisations == (frozenset({cast.police.oin}) if kind == "organisation" else frozenset())


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
    assert people().sentences(verdicts, "en") == ["The purpose is in use."]
    assert people().sentences(verdicts, "nl") != ["The purpose is in use."]
