"""The figures of the register: counted from the log, each entry once, and shown so that they tell of nobody."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from audit.csv_cells import csv_text, safe_cell
from audit.entry import Entry
from audit.models import LoggedEntry
from audit.services.append import append_entry
from consent.models import Figure, FigureHead, Purpose
from consent.published_figures import figures_of_departments, figures_of_purposes
from consent.services.answer import refuse_purpose
from consent.services.figures import count_batch, count_figures
from consent.shown_count import shown_count
from sharing.services.release import release
from tests.audit.log import sequence
from tests.cast import BRAM_BSN, INCOME, SIZE, YEAR, Cast
from tests.consent.test_pages_register import publish
from tests.pages import queries_of, text_of

ENGLISH = {"accept-language": "en"}


def sums() -> dict[str, int]:
    return dict(Figure.objects.values_list("measure").annotate(Sum("count")))


def log(number: int, **entry: Any) -> None:
    for _each in range(number):
        append_entry(Entry(**{"outcome": "allowed", "purpose": "energy-allowance", **entry}))


def test_what_happened_is_counted_once(committed_cast: Cast) -> None:
    cast = committed_cast
    cast.grant(fields=[SIZE, INCOME])
    refuse_purpose(citizen=cast.bram, purpose_version_id=cast.energy.pk)
    asked = cast.ask()
    more = cast.ask(SIZE, YEAR)
    cast.ask(bsn=BRAM_BSN)
    for number in range(2):
        assert release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=f"key-{number}").released
    assert not release(actor=cast.daan.as_actor(), request_id=more.pk, idempotency_key="more").released
    sequence()
    assert count_figures() == LoggedEntry.objects.count()
    expected = {"asked": 3, "granted": 1, "refused": 1, "used": 2, "not-released": 1, "asked-more": 1}
    assert sums() == expected
    assert count_figures() == 0
    assert sums() == expected
    used = Figure.objects.get(measure="used")
    assert (used.purpose, used.organisation, used.department) == (
        "energy-allowance",
        cast.municipality.oin,
        "werk-en-inkomen",
    )
    assert used.month == timezone.localdate().replace(day=1)
    assert Figure.objects.get(measure="granted").organisation == ""


def test_counting_goes_on_where_it_was(committed_cast: Cast) -> None:
    cast = committed_cast
    cast.grant()
    sequence()
    while count_batch(limit=2):
        pass
    assert sums() == {"granted": 1}
    log(3, action="consent.granted")
    sequence()
    assert count_figures() == 3
    assert sums() == {"granted": 4}


def test_two_workers_at_once_count_each_entry_once(committed_cast: Cast) -> None:
    log(60, action="consent.granted")
    sequence()
    workers = 4
    together = Barrier(workers)

    def count() -> int:
        try:
            together.wait()
            # A worker that finds the head moved gives way, and comes back.
            return sum(count_batch(limit=5) for _each in range(40))
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        counted = sum(future.result() for future in [pool.submit(count) for _each in range(workers)])
    counted += count_figures()
    assert counted == LoggedEntry.objects.count() == FigureHead.objects.get().counted
    assert sums() == {"granted": 60}


@pytest.mark.parametrize(("count", "shown"), [(0, None), (1, None), (9, None), (10, 10), (19, 10), (234, 230)])
def test_small_numbers_are_hidden_and_the_others_rounded(count: int, shown: int | None) -> None:
    assert shown_count(count) == shown


def test_no_hidden_number_comes_out_by_subtraction() -> None:
    """Whatever two shown numbers are subtracted, at least ten true differences give the same result."""
    for shown_less in (10, 120):
        differences = {more - less for less in range(shown_less, shown_less + 10) for more in range(130, 140)}
        assert len(differences) >= 10


def test_the_register_shows_figures_and_hides_small_ones(committed_cast: Cast) -> None:
    cast = committed_cast
    department = {"organisation": cast.municipality.oin, "department": "werk-en-inkomen"}
    more = ({"code": "fields", "holds": False, "params": {}},)
    log(23, action="consent.granted")
    log(9, action="consent.refused")
    log(12, action="sharing.released", **department)
    log(11, action="sharing.released", **department, outcome="refused", verdicts=more)
    log(4, action="sharing.released", organisation=cast.police.oin, department="recherche")
    sequence()
    count_figures()
    figures = figures_of_purposes()["energy-allowance"]
    assert figures == {"asked": None, "granted": 20, "refused": None, "withdrawn": None, "expired": None, "used": 10}
    (shown,) = figures_of_departments()["energy-allowance"]
    assert (shown.oin, shown.department, shown.wanted, shown.asked_more) == (
        cast.municipality.oin,
        "werk-en-inkomen",
        20,
        10,
    )
    page = text_of(Client().get("/register/energy-allowance/", headers=ENGLISH))
    assert "Said yes 20 or more" in page
    assert "Said no fewer than 10" in page
    assert "recherche" not in page
    assert "Said yes 20 or more" in text_of(Client().get("/register/", headers=ENGLISH))


def test_open_data_says_the_same_to_any_site(committed_cast: Cast) -> None:
    cast = committed_cast
    log(23, action="consent.granted")
    log(9, action="consent.refused")
    sequence()
    count_figures()
    answer = Client().get("/register/data.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    (purpose,) = answer.json()["purposes"]
    assert (purpose["figures"]["granted"], purpose["figures"]["refused"]) == (20, None)
    (version,) = purpose["versions"]
    assert version["notices"]["nl"] == cast.energy.notices["nl"]
    assert version["noticeHashes"] == cast.energy.notice_hashes
    assert '"refused": 9' not in answer.content.decode()
    answer = Client().get("/register/data.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Access-Control-Allow-Origin"] == "*"
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["purpose"], row["granted"], row["refused"]) == ("energy-allowance", "20", "fewer than 10")


def test_open_data_has_drafts_of_nobody(cast: Cast) -> None:
    publish(cast, "secret-plan", "Geheim plan", published=False)
    publish(cast, "energy-allowance", "Geheim plan", published=False)
    for path in ("data.json", "data.csv", "processing.json", "processing.csv", "processing/"):
        assert "Geheim" not in Client().get(f"/register/{path}").content.decode(), path


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", " =1", "|calc", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text).startswith("'")
    assert text not in next(iter(csv.reader(io.StringIO(csv_text(["a"], [[text]]).partition("\r\n")[2]))))


def test_a_cell_is_otherwise_what_it_was() -> None:
    rows = list(csv.reader(io.StringIO(csv_text(["a", "b"], [['x "y"\n, z', None], [10, "DPIA-1"]]))))
    assert rows == [["a", "b"], ['x "y"\n, z', ""], ["10", "DPIA-1"]]


def test_the_record_of_processing_comes_from_the_texts(cast: Cast) -> None:
    page = text_of(Client().get("/register/processing/", headers=ENGLISH))
    for part in ("Energy allowance", "Gemeente Voorbeeldstad", "fg@voorbeeldstad.example", "DPIA-2026-01", "90 days"):
        assert part in page, part
    (activity,) = Client().get("/register/processing.json", headers=ENGLISH).json()["activities"]
    assert (activity["legalBasis"], activity["retentionDays"]) == ("consent", 90)
    assert activity["storagePlace"] == "At the municipality, in the Netherlands."
    (row,) = csv.DictReader(io.StringIO(Client().get("/register/processing.csv", headers=ENGLISH).content.decode()))
    assert row["controller"] == "Gemeente Voorbeeldstad"
    Purpose.objects.update(retired_at=timezone.now())
    assert Client().get("/register/processing.json").json()["activities"] == []


def test_more_rows_take_no_more_queries(committed_cast: Cast) -> None:
    cast = committed_cast
    paths = ("", "energy-allowance/", "data.json", "data.csv", "processing/", "processing.json", "processing.csv")
    log(1, action="consent.granted")
    sequence()
    count_figures()
    few = [queries_of(Client(), f"/register/{path}") for path in paths]
    for number in range(4):
        publish(cast, f"works-{number}")
        log(15, action="sharing.released", organisation=cast.municipality.oin, department=f"d-{number}")
    publish(cast, "energy-allowance")
    sequence()
    count_figures()
    many = [queries_of(Client(), f"/register/{path}") for path in paths]
    # One more where departments are named: the names of their organisations, together.
    assert [after - before for before, after in zip(few, many, strict=True)] == [0, 1, 0, 0, 0, 0, 0]
