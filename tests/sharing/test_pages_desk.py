"""The desk: what the own organisation asked, and asking."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from sharing.models import Request
from tests.cast import ANNA_BSN, CARLA_BSN, INCOME, SIZE, Cast
from tests.pages import actions, nothing_written, queries_of, signed_in, text_of

NEW = "/desk/requests/new/"
NOBODYS = "01933b6e-0000-7000-8000-000000000000"
PAGES = ["/desk/", NEW, f"/desk/requests/{NOBODYS}/"]


@pytest.fixture
def daan(cast: Cast) -> Client:
    return signed_in(cast.daan.account)


def form(**changes: Any) -> dict[str, Any]:
    filled = {"purpose": "energy-allowance", "asked": [SIZE, INCOME], "bsn": ANNA_BSN, "case": "Z-2026-1", **changes}
    return {name: value for name, value in filled.items() if value is not None}


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_does_that_first(cast: Cast, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={path}")


@pytest.mark.parametrize("path", PAGES)
def test_citizens_and_auditors_are_refused_and_that_is_logged(cast: Cast, path: str) -> None:
    for account in (cast.anna.account, cast.hanna.account, cast.gijs.account):
        assert signed_in(account).get(path).status_code == 403
        assert actions()[-1] == ("service.refused", "refused")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(daan: Client, path: str, method: str) -> None:
    with nothing_written():
        assert getattr(daan, method)(path).status_code == 405


def test_the_list_is_that_of_the_own_organisation(cast: Cast, daan: Client) -> None:
    cast.ask(case="Z-2026-7")
    with nothing_written():
        page = text_of(daan.get("/desk/"))
    assert "Z-2026-7" in page
    assert "Energietoeslag" in page
    assert "Z-2026-7" not in text_of(signed_in(cast.eva.account).get("/desk/"))


def test_another_organisations_request_and_none_are_the_same(cast: Cast) -> None:
    asked = cast.ask()
    eva = signed_in(cast.eva.account)
    for method in ("get", "post"):
        foreign, unknown = (getattr(eva, method)(f"/desk/requests/{one}/") for one in (asked.pk, uuid4()))
        plain = [re.sub(r"[0-9a-f-]{36}", "", text_of(answer)) for answer in (foreign, unknown)]
        assert plain[0] == plain[1]
        assert foreign.status_code == unknown.status_code == 404


def test_one_chooses_among_the_purposes_of_the_own_organisation(cast: Cast, daan: Client) -> None:
    assert 'href="?purpose=energy-allowance"' in daan.get(NEW).content.decode()
    assert "Er is geen doel" in text_of(signed_in(cast.eva.account).get(NEW))
    other = signed_in(cast.eva.account).get(f"{NEW}?purpose=energy-allowance")
    assert "Uw organisatie krijgt geen gegevens voor dit doel" in text_of(other)


def test_no_field_is_chosen_in_advance(daan: Client) -> None:
    page = daan.get(f"{NEW}?purpose=energy-allowance").content.decode()
    assert page.count('type="checkbox"') == 3
    assert " checked" not in page


def test_a_request_is_stored_and_its_address_names_nobody(cast: Cast, daan: Client) -> None:
    answer = daan.post(NEW, form())
    asked = Request.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/requests/{asked.pk}/")
    assert asked.fields == [SIZE, INCOME]
    assert asked.citizen == cast.anna
    page = daan.get(answer["Location"])
    assert ANNA_BSN not in page.content.decode()
    assert "Anna" not in text_of(page)


def test_a_stranger_looks_like_anybody(cast: Cast, daan: Client) -> None:
    pages = []
    for bsn in (ANNA_BSN, CARLA_BSN):
        answer = daan.post(NEW, form(bsn=bsn), follow=True)
        pages.append(text_of(answer))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"asked": None}, "asked"),
        ({"asked": ["income#/secret"]}, "asked"),
        ({"bsn": None}, "id_bsn"),
        ({"bsn": "123456789"}, "id_bsn"),
        ({"case": "  "}, "id_case"),
        ({"case": "x" * 101}, "id_case"),
    ],
)
def test_a_mistake_is_named_at_the_top_and_nothing_is_written(
    daan: Client, changes: dict[str, Any], place: str
) -> None:
    with nothing_written():
        answer = daan.post(NEW, form(**changes))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'href="#{place}"' in page
    assert f'id="{place}"' in page


def test_an_unknown_purpose_is_chosen_again(daan: Client) -> None:
    with nothing_written():
        answer = daan.post(NEW, form(purpose="nothing"))
    assert "Kies een ander doel" in text_of(answer)


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    daan = signed_in(cast.daan.account, enforce_csrf_checks=True)
    assert daan.post(NEW, form()).status_code == 403
    assert not Request.objects.exists()


def test_a_place_in_the_list_that_is_none_is_refused(daan: Client) -> None:
    assert daan.get("/desk/?before=x").status_code == 400


def test_the_list_goes_on_page_after_page(cast: Cast, daan: Client) -> None:
    for number in range(27):
        cast.ask(case=f"Z-{number:02}")
    first = daan.get("/desk/").content.decode()
    older = first.partition('href="?before=')[2].partition('"')[0]
    second = daan.get(f"/desk/?before={older}").content.decode()
    seen = [re.findall(r">(Z-[0-9]{2})<", page) for page in (first, second)]
    assert [len(cases) for cases in seen] == [25, 2]
    assert seen[0] + seen[1] == [f"Z-{number:02}" for number in range(26, -1, -1)]


def test_more_requests_take_no_more_queries(cast: Cast, daan: Client) -> None:
    asked = cast.ask()
    few = [queries_of(daan, path) for path in ("/desk/", f"/desk/requests/{asked.pk}/")]
    for number in range(5):
        cast.ask(case=f"Z-{number}")
    assert [queries_of(daan, path) for path in ("/desk/", f"/desk/requests/{asked.pk}/")] == few


def test_the_requests_of_one_case_are_found(cast: Cast, daan: Client) -> None:
    for case in ("Z-1", "Z-2", *["Z-3 & meer"] * 26):
        cast.ask(case=case)
    with nothing_written():
        assert re.findall(r">(Z-[0-9][^<]*)<", daan.get("/desk/?case=z-2").content.decode()) == ["Z-2"]
    first = daan.get("/desk/", {"case": "Z-3 & meer"}).content.decode()
    older = re.findall(r'href="(\?case=[^"]+before=[^"]+)"', first)[0].replace("&amp;", "&")
    second = daan.get(f"/desk/{older}").content.decode()
    assert [page.count(">Z-3 &amp; meer<") for page in (first, second)] == [25, 1]
    assert queries_of(daan, "/desk/?case=Z-3+%26+meer") == queries_of(daan, "/desk/?case=Z-2")


def test_a_case_that_is_not_there_or_is_none_is_said_so(cast: Cast, daan: Client) -> None:
    cast.ask(case="Z-1")
    eva = signed_in(cast.eva.account)
    for browser in (daan, eva):
        browser.cookies["language"] = "en"
    said = "Your organisation has no request for a case that begins so."
    assert said in text_of(daan.get("/desk/?case=Z-9"))
    page = text_of(daan.get(f"/desk/?case={101 * 'x'}"))
    assert "Nothing was searched" in page
    assert "Z-1" not in page
    assert said in text_of(eva.get("/desk/?case=Z-1"))


def test_the_beginning_of_a_case_is_enough(cast: Cast, daan: Client) -> None:
    for case in ("Z-2026-10", "Z-2026-1", "A-Z-2026", "Z_2026"):
        cast.ask(case=case)

    def found(case: str) -> list[str]:
        page = daan.get("/desk/", {"case": case}).content.decode()
        return re.findall(r'<th[^>]+scope="row"><a[^>]+>([^<]+)<', page)

    assert found("z-2026") == ["Z-2026-1", "Z-2026-10"]
    assert found("Z-2026-10") == ["Z-2026-10"]
    # What a pattern would mean to the database means itself here.
    assert found("Z_2026") == ["Z_2026"]
    assert found("%") == []


def test_who_asks_for_more_than_is_shared_is_warned_in_time(daan: Client) -> None:
    page = text_of(daan.get(f"{NEW}?purpose=energy-allowance"))
    assert "Deelt de inwoner één van deze gegevens niet, dan ziet u niets." in page
