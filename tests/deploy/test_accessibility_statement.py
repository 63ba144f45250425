"""The accessibility statement: there for everybody, honest, in both languages, with whom to tell."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.cast import Cast
from tests.pages import nothing_written, text_of

STATEMENT = "/toegankelijkheid"


@pytest.fixture
def visitor() -> Client:
    visitor = Client()
    visitor.cookies["language"] = "en"
    return visitor


def test_it_says_the_status_the_limits_the_date_and_whom_to_tell(
    cast: Cast, visitor: Client, settings: Settings
) -> None:
    with nothing_written():
        page = text_of(visitor.get(STATEMENT))
    for part in ("Status", "Partially compliant", "What does not work well yet", "How we test", "last checked on"):
        assert part in page
    assert settings.API_CONTACT["email"] in page
    # No more than what was investigated.
    assert "has not taken place yet" in page


def test_every_page_leads_to_it_and_it_is_a_page_as_the_others(db: None, visitor: Client) -> None:
    assert f'href="{STATEMENT}"' in visitor.get("/").content.decode()
    shown = visitor.get(STATEMENT).content.decode()
    assert shown.count("<h1") == 1
    assert '<html lang="en"' in shown


def test_it_is_in_dutch_as_well(db: None) -> None:
    visitor = Client()
    visitor.cookies["language"] = "nl"
    answer = visitor.get(STATEMENT)
    assert '<html lang="nl"' in answer.content.decode()
    assert "Partially compliant" not in text_of(answer)


def test_it_can_only_be_read(db: None, visitor: Client) -> None:
    assert visitor.head(STATEMENT).status_code == 200
    assert visitor.post(STATEMENT).status_code == 405
