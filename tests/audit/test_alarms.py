"""Alarms stand where people look: on a page, in a mail, in the metrics; and who looked says so."""

from datetime import timedelta
from pathlib import Path
from smtplib import SMTPServerDisconnected
from unittest import mock
from uuid import uuid4

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from audit.models import Alarm, LoggedEntry, MonitorPlace, Record
from audit.monitor.alarm_kinds import ALARM_KINDS
from audit.people import ANONYMOUS, Viewer
from audit.services.alarm import end_alarm, raise_alarm
from audit.services.alarm_look import LONGEST_NOTE
from audit.tasks import tell_of_alarms
from tests.audit.conftest import LookAs
from tests.audit.log import MUNICIPALITY, append, grow
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA, AS_POLICE_SYSTEM
from tests.consent.mail_server import Mailbox, mail_port, mailbox, serving

__all__ = ["mail_port", "mailbox"]

PAGE = "/oversight/alarms/"


def alarm(kind: str = "log-altered", where: str = "leaf 5") -> Alarm:
    raise_alarm(kind=kind, where=where, explanation="The leaf was rewritten.")
    return Alarm.objects.going().get(kind=kind, where=where)


class TestPage:
    @pytest.fixture(autouse=True)
    def as_hanna(self, db: None, look_as: LookAs) -> None:
        look_as(AS_HANNA)

    def test_it_says_what_is_wrong_and_what_to_do(self, client: Client) -> None:
        alarm()
        page = client.get(PAGE).content.decode()
        assert "Het logboek is veranderd" in page
        assert "Verander niets in de database." in page
        assert '<p class="utrecht-paragraph" lang="en">The leaf was rewritten.</p>' in page
        assert "<dd>Blad 5</dd>" in page

    def test_without_alarms_it_says_so(self, client: Client) -> None:
        page = client.get(PAGE).content.decode()
        assert "Er is geen waarschuwing." in page
        assert "manage.py monitor" in page

    def test_what_is_over_stands_below(self, client: Client) -> None:
        alarm()
        end_alarm(kind="log-altered", where="leaf 5")
        page = client.get(PAGE).content.decode()
        assert "Er is geen waarschuwing." in page
        assert "Voorbij sinds" in page
        assert "/look/" not in page

    def test_every_kind_is_said_in_both_languages(self, client: Client) -> None:
        for kind in ALARM_KINDS.values():
            for text in (kind.title, kind.meaning, kind.remedy):
                with override("nl"):
                    dutch = str(text)
                with override("en"):
                    assert dutch != str(text)
        alarm("a-kind-of-tomorrow")
        assert "Er is iets mis met het logboek" in client.get(PAGE).content.decode()

    def test_it_costs_the_same_with_a_hundred(self, client: Client) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(PAGE).status_code == 200
            return len(captured)

        alarm()
        one = queries()
        for number in range(100):
            alarm(where=f"leaf {number}")
        for number in range(40):
            end_alarm(kind="log-altered", where=f"leaf {number}")
        assert queries() == one
        assert "Het zijn er 60. U ziet de nieuwste 50." in client.get(PAGE).content.decode()

    def test_the_strip_of_the_oversight_counts_them(self, client: Client) -> None:
        alarm()
        alarm("pending-late", "log")
        assert "Er zijn 2 waarschuwingen" in client.get("/oversight/").content.decode()

    def test_who_looked_says_so_and_it_is_an_entry(self, client: Client) -> None:
        raised = alarm()
        answer = client.post(f"{PAGE}{raised.pk}/look/", {"note": " Called security. "}, follow=True)
        page = answer.content.decode()
        assert answer.redirect_chain == [(PAGE, 302)]
        assert "Called security." in page
        assert "Uw opmerking staat bij de waarschuwing" in page
        raised.refresh_from_db()
        record = Record.objects.newest_first()[0]
        assert (record.action, record.organisation) == ("audit.alarm-looked-at", MUNICIPALITY)
        assert record.entry.details == {"alarm": str(raised.pk), "kind": "log-altered", "note": "Called security."}
        assert (raised.look_entry, raised.look_note, raised.ended_at) == (record.entry_id, "Called security.", None)

    @pytest.mark.parametrize("note", ["", "   ", "x" * (LONGEST_NOTE + 1)])
    def test_a_note_that_says_nothing_is_refused(self, client: Client, note: str) -> None:
        raised = alarm()
        answer = client.post(f"{PAGE}{raised.pk}/look/", {"note": note})
        assert answer.status_code == 422
        assert f'id="id_{raised.pk}_note_error"' in answer.content.decode()
        raised.refresh_from_db()
        assert raised.looked_at is None
        assert not LoggedEntry.objects.exists()

    def test_an_alarm_that_is_not_there(self, client: Client) -> None:
        assert client.post(f"{PAGE}{uuid4()}/look/", {"note": "x"}).status_code == 404
        assert client.get(f"{PAGE}{uuid4()}/look/").status_code == 405

    @pytest.mark.parametrize("viewer", [AS_ANNA, AS_DAAN, AS_POLICE_SYSTEM])
    def test_only_auditors_see_and_look(self, client: Client, look_as: LookAs, viewer: Viewer) -> None:
        raised = alarm()
        look_as(viewer)
        assert client.get(PAGE).status_code == 403
        assert client.post(f"{PAGE}{raised.pk}/look/", {"note": "x"}).status_code == 403
        look_as(ANONYMOUS)
        assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"
        raised.refresh_from_db()
        assert raised.looked_at is None


class TestMail:
    @pytest.fixture(autouse=True)
    def addresses(self, db: None, settings: Settings) -> None:
        settings.LOG_ALARM_EMAIL = ["watch@example.nl", "privacy@example.nl"]

    def test_it_is_sent_once_and_again_when_over(self) -> None:
        alarm()
        assert tell_of_alarms() == 1
        assert tell_of_alarms() == 0
        (message,) = mail.outbox
        assert message.to == ["watch@example.nl", "privacy@example.nl"]
        assert message.subject == "Waarschuwing: Het logboek is veranderd"
        assert "https://deelwijs.example/oversight/alarms/" in message.body
        alarm()
        assert tell_of_alarms() == 0, "the same alarm, seen again"
        end_alarm(kind="log-altered", where="leaf 5")
        assert tell_of_alarms() == 1
        assert tell_of_alarms() == 0
        assert mail.outbox[1].subject == "Voorbij: Het logboek is veranderd"

    def test_one_that_was_over_before_anybody_was_told_is_one_mail(self) -> None:
        alarm()
        end_alarm(kind="log-altered", where="leaf 5")
        assert (tell_of_alarms(), tell_of_alarms()) == (1, 0)
        assert len(mail.outbox) == 1

    def test_a_mail_that_fails_is_sent_later(self) -> None:
        alarm()
        alarm("pending-late", "log")
        with mock.patch("django.core.mail.message.EmailMessage.send", side_effect=SMTPServerDisconnected) as send:
            assert tell_of_alarms() == 0
        assert send.call_count == 1, "the next would fail as well"
        assert not Alarm.objects.exclude(told_at=None).exists()
        assert tell_of_alarms() == 2

    def test_without_addresses_nobody_is_told(self, settings: Settings) -> None:
        settings.LOG_ALARM_EMAIL = []
        alarm()
        assert tell_of_alarms() == 0
        assert not mail.outbox


def test_a_real_server_gets_it(db: None, settings: Settings, mail_port: int) -> None:
    settings.LOG_ALARM_EMAIL = ["watch@example.nl"]
    raised = alarm()
    assert tell_of_alarms() == 0, "the server is not there yet"
    box = Mailbox()
    with serving(box, mail_port):
        assert tell_of_alarms() == 1
    (message,) = box.messages
    assert message["X-To"] == "watch@example.nl"
    assert message["Message-ID"] == f"<{raised.pk}-going@deelwijs.example>"
    assert message["Auto-Submitted"] == "auto-generated"


class TestMetrics:
    TOKEN = "a token that nobody guesses"

    @pytest.fixture(autouse=True)
    def token(self, settings: Settings) -> None:
        settings.METRICS_TOKEN = self.TOKEN

    def read(self, client: Client) -> dict[str, float]:
        answer = client.get("/metrics", headers={"authorization": f"Bearer {self.TOKEN}"})
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"].startswith("text/plain; version=")
        assert answer["Cache-Control"] == "no-store"
        return {
            sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    def test_the_numbers_are_those_of_the_database(self, committed_db: None, client: Client) -> None:
        before = self.read(client)
        assert (before["deelwijs_log_size_leaves"], before["deelwijs_log_signed_timestamp_seconds"]) == (0, 0)
        assert before["deelwijs_alarms_going log-altered"] == 0
        grow(3)
        append(2)
        alarm()
        alarm(where="leaf 6")
        now = timezone.now()
        MonitorPlace.objects.create(looked_at=now, round_began_at=now, leaf=256)
        found = self.read(client)
        assert found["deelwijs_log_size_leaves"] == found["deelwijs_log_signed_size_leaves"] == 3
        assert found["deelwijs_log_published_size_leaves"] == 3
        assert found["deelwijs_log_pending_entries"] == 2
        assert 0 <= found["deelwijs_log_oldest_pending_seconds"] < 60
        assert found["deelwijs_alarms_going log-altered"] == 2
        assert found["deelwijs_alarms_going pending-late"] == 0
        assert found["deelwijs_log_monitor_run_timestamp_seconds"] == pytest.approx(now.timestamp())
        assert found["deelwijs_log_monitor_leaf"] == 256

    @pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer é"}])
    def test_without_the_token_there_is_nothing(self, db: None, client: Client, header: dict[str, str]) -> None:
        answer = client.get("/metrics", headers=header)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert b"deelwijs_log" not in answer.content
        assert not LoggedEntry.objects.exists()

    def test_where_no_token_is_set_there_are_none(self, db: None, client: Client, settings: Settings) -> None:
        settings.METRICS_TOKEN = ""
        assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404

    def test_a_database_that_does_not_answer_in_time(self, db: None, client: Client) -> None:
        with mock.patch("audit.api.metrics.log_health", side_effect=OperationalError("canceling statement")):
            answer = client.get("/metrics", headers={"authorization": f"Bearer {self.TOKEN}"})
        assert answer.status_code == 503

    def test_a_query_may_take_two_seconds_and_no_longer(self, db: None, client: Client) -> None:
        with CaptureQueriesContext(connection) as captured:
            self.read(client)
        asked = [query["sql"] for query in captured]
        limited = next(at for at, sql in enumerate(asked) if "statement_timeout" in sql)
        assert "'2000', true" in asked[limited], "for this transaction only"
        assert limited < next(at for at, sql in enumerate(asked) if "audit_" in sql)
        assert len(asked) < 20

    def test_it_changes_nothing(self, db: None, client: Client) -> None:
        assert client.post("/metrics").status_code == 405


def test_the_folder_of_the_watch_is_the_tests_own(own_files: None, settings: Settings, tmp_path: Path) -> None:
    assert Path(settings.LOG_WATCH_FOLDER).is_relative_to(tmp_path)
    assert timedelta(minutes=1) > settings.LOG_MONITOR_EVERY
