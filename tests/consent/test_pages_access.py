"""Who may see the pages of citizens."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.cast import Cast
from tests.pages import actions, nothing_written, signed_in, text_of

NOBODYS = "01933b6e-0000-7000-8000-000000000000"
PAGES = ["/my/", "/my/history/", "/my/purposes/energy-allowance/", f"/my/consents/{NOBODYS}/"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_does_that_first(cast: Cast, path: str, method: str) -> None:
    if method == "post" and path in ("/my/", "/my/history/"):
        assert getattr(Client(), method)(path).status_code == 405
        return
    with nothing_written():
        answer = getattr(Client(), method)(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={path}")


@pytest.mark.parametrize("path", PAGES)
def test_staff_are_refused_and_that_is_logged(cast: Cast, path: str) -> None:
    answer = signed_in(cast.daan.account).get(path)
    assert answer.status_code == 403
    assert "Deze pagina is voor inwoners" in text_of(answer)
    assert actions()[-1] == ("service.refused", "refused")


def test_a_resident_at_the_desk_reads_for_whom_it_is(cast: Cast) -> None:
    answer = signed_in(cast.anna.account).get("/desk/")
    assert answer.status_code == 403
    assert "Deze pagina is voor medewerkers die gegevens mogen vragen" in text_of(answer)


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_ones_consent_and_none_are_the_same(cast: Cast, method: str) -> None:
    consent = cast.grant()
    bram = signed_in(cast.bram.account)
    foreign, unknown = (_plain(getattr(bram, method)(f"/my/consents/{one}/")) for one in (consent.pk, uuid4()))
    assert foreign == unknown
    assert foreign[0] == 404
    consent.refresh_from_db()
    assert consent.state == "given"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(cast: Cast, path: str, method: str) -> None:
    with nothing_written():
        assert getattr(signed_in(cast.anna.account), method)(path).status_code == 405


@pytest.mark.parametrize("path", ["/my/", "/my/history/"])
def test_the_lists_take_no_post(cast: Cast, path: str) -> None:
    with nothing_written():
        assert signed_in(cast.anna.account).post(path).status_code == 405


def test_nothing_of_a_citizen_may_be_kept_by_a_browser(cast: Cast) -> None:
    assert signed_in(cast.anna.account).get("/my/")["Cache-Control"] == "no-store"


def _plain(answer: Any) -> tuple[int, str]:
    """Return status and text, without the id of the entry that stands for this very refusal."""
    return answer.status_code, re.sub(r"[0-9a-f-]{36}", "", text_of(answer))
