"""`/oversight/retention/` shows the rules at work, and is where records are held and erasures ordered."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.models import ErasureOrder, Hold, Record
from audit.people import ANONYMOUS, Viewer
from audit.services.erasure_order import order_erasure
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, append
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA, AS_PIET
from tests.audit.retention import NOW, OWN_DOING, YEAR, append_ago

pytestmark = pytest.mark.usefixtures("db")

PAGE = "/oversight/retention/"
NEW_HOLD = f"{PAGE}holds/new/"
NEW_ORDER = f"{PAGE}orders/new/"
GOOD_HOLD = {
    "target": "case",
    "named": "Z-1",
    "ground": "Case 7",
    "until": f"{timezone.localdate() + timedelta(days=9)}",
}
GOOD_ORDER = {"ground": "request", "reference": "Article 17", "subject": ANNA}


def text(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def own(look_as: LookAs) -> UUID:
    """Something that Anna did herself, with the privacy officer at the page."""
    look_as(AS_PIET)
    return append_ago(timedelta(days=3), OWN_DOING, organisation="")


class TestTable:
    def test_it_says_what_is_kept_and_what_is_due(self, client: Client, look_as: LookAs) -> None:
        look_as(AS_HANNA)
        append_ago(2 * YEAR)
        append_ago(2 * YEAR, case="Z-1")
        Hold.objects.create(organisation=MUNICIPALITY, case="Z-1", ground="Case 7", placed_at=NOW, until=NOW + YEAR)
        page = text(client)
        row = page[page.index("Inloggen, en verzoeken") :]
        assert '<td class="utrecht-table__cell" data-label="Hoe lang">1 jaar</td>' in row
        assert '<td class="utrecht-table__cell" data-label="Nog te wissen">1</td>' in row
        assert '<td class="utrecht-table__cell" data-label="Vastgehouden">1</td>' in row
        assert "AVG, artikel 17, lid 3, onder b en e" in page

    def test_in_english_too(self, client: Client, look_as: LookAs) -> None:
        look_as(AS_HANNA)
        page = client.get(PAGE, headers={"accept-language": "en"}).content.decode()
        assert "Who asked for data and who read it, and what was refused" in page
        assert "for ever" in page

    def test_it_counts_no_further_than_it_must(
        self, client: Client, look_as: LookAs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("audit.retention.table.MOST_COUNTED", 2)
        look_as(AS_HANNA)
        for _ in range(4):
            append_ago(2 * YEAR)
        assert "meer dan 1.000" in text(client)

    def test_the_number_of_queries_does_not_grow(self, client: Client, own: UUID) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as counted:
                text(client)
            return len(counted)

        text(client)
        before = queries()
        for _ in range(3):
            append_ago(2 * YEAR)
            Hold.objects.create(organisation=MUNICIPALITY, case="Z-1", ground="Case", placed_at=NOW, until=NOW + YEAR)
            order_erasure(viewer=AS_PIET, ground=ErasureOrder.Ground.REQUEST, reference="17", entry_ids=[own])
        assert queries() == before

    def test_the_public_reads_the_rules_too(self, client: Client) -> None:
        page = text(client, "/register/processing/")
        assert "Hoe lang het logboek bewaart wat er gebeurde" in page
        assert "Wat een inwoner deed met eigen gegevens, bestanden en instellingen" in page

    def test_looking_is_an_entry(self, client: Client, look_as: LookAs) -> None:
        look_as(AS_HANNA)
        text(client)
        assert Record.objects.get().entry.details == {"shown": 0, "filters": {}, "page": "retention"}


class TestHolds:
    def test_one_is_placed_and_lifted(self, client: Client, look_as: LookAs) -> None:
        look_as(AS_HANNA)
        assert client.post(NEW_HOLD, GOOD_HOLD).headers["Location"] == PAGE
        hold = Hold.objects.get()
        assert (hold.case, hold.ground, hold.organisation) == ("Z-1", "Case 7", MUNICIPALITY)
        # Until the end of that day in Amsterdam.
        assert timezone.localtime(hold.until).strftime("%H:%M") == "00:00"
        assert "Case 7" in text(client)
        client.post(f"{PAGE}holds/{hold.pk}/lift/")
        assert "Er is geen bewaarplicht." in text(client)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"named": ""}, "Vul dit in."),
            ({"ground": ""}, "Vul dit in."),
            ({"target": "entry", "named": "7"}, "Dit is geen nummer van een regel of een toestemming."),
            ({"target": "subject", "named": "anna"}, "Een pseudoniem van het logboek heeft 64 tekens"),
            ({"until": "2020-01-01"}, "Kies een dag vanaf vandaag, tot een jaar vanaf nu."),
            ({"until": "9999-12-31"}, "Vul een datum in met dag, maand en jaar."),
            ({"until": "soon"}, "Vul een datum in met dag, maand en jaar."),
        ],
    )
    def test_a_mistake_is_told_and_nothing_is_written(
        self, client: Client, look_as: LookAs, changes: dict[str, str], said: str
    ) -> None:
        look_as(AS_HANNA)
        answer = client.post(NEW_HOLD, GOOD_HOLD | changes)
        assert answer.status_code == 400
        assert said in answer.content.decode()
        assert not Hold.objects.exists()

    def test_mistakes_that_are_said_alike_are_told_apart(self, client: Client, look_as: LookAs) -> None:
        look_as(AS_HANNA)
        page = client.post(NEW_HOLD, GOOD_HOLD | {"named": "", "ground": ""}).content.decode()
        assert re.findall(r'<a class="utrecht-link" href="#(\w+)">([^<]+)</a>', page) == [
            ("id_named", "Welke: Vul dit in."),
            ("id_ground", "Grond: Vul dit in."),
        ]


class TestOrders:
    def test_it_goes_through_two_hands(self, client: Client, own: UUID, look_as: LookAs) -> None:
        append(2)
        assert client.post(NEW_ORDER, GOOD_ORDER).headers["Location"] == PAGE
        order = ErasureOrder.objects.get()
        assert order.entry_ids == [own]
        page = text(client)
        assert "Wie om gegevens vroeg, wie ze las, en wat is geweigerd: 2" in page
        assert "U gaf deze opdracht zelf." in page
        assert "Goedkeuren" not in page
        assert client.post(f"{PAGE}orders/{order.pk}/approve/").status_code == 403
        look_as(AS_HANNA)
        assert "Goedkeuren" in text(client)
        client.post(f"{PAGE}orders/{order.pk}/approve/")
        order.refresh_from_db()
        assert order.state == "approved"
        assert "Goedgekeurd, wacht op het wissen" in text(client)

    def test_a_declined_one_forgets_whom(self, client: Client, own: UUID, look_as: LookAs) -> None:
        client.post(NEW_ORDER, GOOD_ORDER)
        look_as(AS_HANNA)
        assert ANNA in text(client)
        client.post(f"{PAGE}orders/{ErasureOrder.objects.get().pk}/decline/")
        assert ANNA not in text(client)

    def test_what_must_stay_is_told_with_its_ground(self, client: Client, own: UUID) -> None:
        append(1, subject=BRAM)
        answer = client.post(NEW_ORDER, GOOD_ORDER | {"subject": BRAM})
        assert answer.status_code == 400
        said = answer.content.decode()
        assert "Hiervan mag niets worden gewist" in said
        assert "AVG, artikel 17, lid 3, onder b en e" in said
        assert not ErasureOrder.objects.exists()

    @pytest.mark.parametrize(
        "changes",
        [
            {"reference": ""},
            {"ground": "whim"},
            {"subject": ""},
            {"entries": "7"},
            {"entries": str(uuid7())},
            {"subject": "anna"},
            {"since": "2026-02-01", "until": "2026-01-01"},
        ],
    )
    def test_a_mistake_is_told_and_nothing_is_written(self, client: Client, own: UUID, changes: dict[str, str]) -> None:
        assert client.post(NEW_ORDER, GOOD_ORDER | changes).status_code == 400
        assert not ErasureOrder.objects.exists()

    def test_entries_one_a_line(self, client: Client, own: UUID) -> None:
        client.post(NEW_ORDER, GOOD_ORDER | {"subject": "", "entries": f"{own}\r\n\r\n {own} "})
        assert ErasureOrder.objects.get().entry_ids == [own]

    def test_an_auditor_orders_nothing(self, client: Client, look_as: LookAs) -> None:
        look_as(AS_HANNA)
        assert client.get(NEW_ORDER).status_code == 403
        assert client.post(NEW_ORDER, GOOD_ORDER).status_code == 403
        assert NEW_ORDER not in text(client)

    def test_there_is_no_third_answer(self, client: Client, own: UUID) -> None:
        client.post(NEW_ORDER, GOOD_ORDER)
        assert client.post(f"{PAGE}orders/{ErasureOrder.objects.get().pk}/maybe/").status_code == 404


@pytest.mark.parametrize("path", [PAGE, NEW_HOLD, NEW_ORDER])
@pytest.mark.parametrize("viewer", [AS_ANNA, AS_DAAN])
def test_it_is_for_who_oversees(client: Client, look_as: LookAs, path: str, viewer: Viewer) -> None:
    look_as(viewer)
    assert client.get(path).status_code == 403
    assert client.post(path, GOOD_HOLD).status_code in (403, 405)
    look_as(ANONYMOUS)
    assert client.get(path).status_code == 302
    assert not Hold.objects.exists()


def test_others_see_nothing_of_ours(client: Client, own: UUID, look_as: LookAs) -> None:
    client.post(NEW_ORDER, GOOD_ORDER)
    client.post(NEW_HOLD, GOOD_HOLD)
    look_as(Viewer(kind="auditor", organisations=frozenset({POLICE}), organisation=POLICE, person="petra"))
    page = text(client)
    assert "Article 17" not in page
    assert "Case 7" not in page


@pytest.mark.parametrize("path", ["holds/{id}/lift/", "orders/{id}/approve/"])
def test_a_step_is_no_link(client: Client, look_as: LookAs, path: str) -> None:
    path = path.format(id=uuid7())
    look_as(AS_HANNA)
    assert client.get(f"{PAGE}{path}").status_code == 405
    assert client.post(f"{PAGE}{path}").status_code == 404
