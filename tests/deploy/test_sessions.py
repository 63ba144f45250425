"""How long someone stays signed in (OWASP ASVS 5.0 V7.3), by moving the clock."""

from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.cast import Cast


@pytest.fixture
def anna(cast: Cast, client: Client) -> Client:
    client.force_login(cast.anna.account)
    return client


def is_signed_in(client: Client, after: timedelta) -> bool:
    """Ask for a page as it would be asked for at a later time."""
    later = timezone.now() + after
    with mock.patch("django.utils.timezone.now", return_value=later):
        response = client.get("/")
    user = response.wsgi_request.user
    return user.is_authenticated


def test_half_an_hour_without_doing_anything_ends_it(anna: Client) -> None:
    assert is_signed_in(anna, timedelta(minutes=29))
    assert not is_signed_in(anna, timedelta(minutes=60))


def test_use_keeps_it_going_but_not_for_ever(anna: Client) -> None:
    for minutes in range(25, 12 * 60, 25):
        assert is_signed_in(anna, timedelta(minutes=minutes)), minutes
    assert not is_signed_in(anna, timedelta(hours=12, minutes=1))


def test_a_replayed_cookie_of_an_ended_session_is_nobody(anna: Client) -> None:
    cookie = anna.cookies["session"].value
    anna.post("/sign-out/")
    anna.cookies["session"] = cookie
    assert not is_signed_in(anna, timedelta(0))
    assert not Session.objects.filter(session_key=cookie).exists()


def test_a_closed_account_is_out_at_once(cast: Cast, anna: Client) -> None:
    cast.anna.account.is_active = False
    cast.anna.account.save()
    assert not is_signed_in(anna, timedelta(0))


def test_not_every_page_is_a_write(anna: Client) -> None:
    is_signed_in(anna, timedelta(0))
    before = Session.objects.get().expire_date
    is_signed_in(anna, timedelta(seconds=30))
    assert Session.objects.get().expire_date == before


def test_a_stranger_gets_no_session(client: Client, db: None) -> None:
    client.get("/")
    assert "session" not in client.cookies
    assert Session.objects.count() == 0
