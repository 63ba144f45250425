"""The Logboek Dataverwerkingen: one record a subject, and whatever the collector does, nothing is lost."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pytest_django.fixtures import Settings

from audit.checks.settings import check_logboek
from audit.logboek import collector as speaking
from audit.logboek.destinations import Destination, DestinationsUnusable, read_destinations
from audit.logboek.subject import create_subject_key, decrypt_subject, encrypt_subject, read_subject_key
from audit.models import Alarm, LogboekPosition, LogboekRejection, LoggedEntry, Record
from audit.services import logboek
from audit.services.append import append_entry
from audit.services.logboek import send_backlog, send_rejected
from audit.tasks import send_logboek
from audit.trace import continue_trace, tracing
from tests.audit.collector import Answer, CollectorOfTests, collecting, rejecting
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, an_entry, append, grow, sequence

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
VERSION = UUID("01933b6e-0000-7000-8000-000000000007")


@pytest.fixture
def collector() -> Iterator[CollectorOfTests]:
    with collecting() as running:
        yield running


@pytest.fixture
def destination(
    committed_db: object, look_as: LookAs, settings: Settings, collector: CollectorOfTests, tmp_path: Path
) -> Destination:
    """The municipality's collector, as its operator wrote it down."""
    create_subject_key(tmp_path / "subject-key")
    (tmp_path / "token").write_text("secret-token\n", encoding="utf-8")
    file = tmp_path / "destinations.toml"
    file.write_text(
        f'[[destination]]\nname = "almere"\norganisation = "{MUNICIPALITY}"\nurl = "{collector.url}"\n'
        f'token_file = "{tmp_path}/token"\nsubject_key_file = "{tmp_path}/subject-key"\n',
        encoding="utf-8",
    )
    settings.LDV_DESTINATIONS_FILE = str(file)
    (found,) = read_destinations(file)
    return found


FAULTS = [
    Answer(status=503, keeps=False),
    Answer(status=429, keeps=False),
    Answer(status=400, keeps=False),
    Answer(status=401, keeps=False),
    Answer(status=302, keeps=False, headers={"Location": "https://elsewhere.example/"}),
    Answer(status=202, keeps=False),
    Answer(keeps=False, headers={"Content-Type": "text/html"}, body=b"<h1>It works!</h1>"),
    Answer(keeps=False, headers={"Content-Type": "text/html"}),
    Answer(keeps=False, body=b"\xff\xff no protobuf"),
    Answer(keeps=False, body=bytes(100_000)),
    Answer(keeps=False, hangs_up=True),
    # It kept everything, and nobody here gets to know.
    Answer(status=500),
    Answer(hangs_up=True),
    rejecting(1000),
    rejecting(-1),
]


def position() -> LogboekPosition:
    return LogboekPosition.objects.get_or_create(name="almere")[0]


def send(destination: Destination) -> logboek.Sent:
    return send_backlog(destination, seconds=30, at_once=True)


def ids_of() -> set[tuple[str, str]]:
    """Return the ids of every entry that the municipality's collector must have."""
    wanted = Record.objects.filter(organisation=MUNICIPALITY).exclude(subject="")
    return {(record.entry.trace_id, record.entry.span_id) for record in wanted}


def attributes(span: Span) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


class TestRecord:
    def test_one_record_per_subject_says_this_and_no_more(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        with tracing(continue_trace(f"00-{TRACE_ID}-{CALLER}-00")):
            anna = append_entry(an_entry(purpose_version=VERSION))
            bram = append_entry(an_entry(subject=BRAM, outcome="refused", reason="uses"))
            append_entry(an_entry(outcome="failed"))
        sequence()
        assert send(destination).taken == 3
        of_anna, of_bram, failed = collector.kept
        records = {record.pk: record.entry for record in Record.objects.all()}
        assert of_anna.trace_id.hex() == of_bram.trace_id.hex() == TRACE_ID
        assert of_anna.span_id.hex() == records[anna.id].span_id
        assert of_anna.parent_span_id.hex() == CALLER
        # The second subject is an action of its own under the first.
        assert of_bram.span_id.hex() == records[bram.id].span_id != of_anna.span_id.hex()
        assert of_bram.parent_span_id == of_anna.span_id
        assert [span.status.code for span in (of_anna, of_bram, failed)] == [1, 0, 2]
        assert of_anna.name == "Something happened"
        milliseconds = int(records[anna.id].at.timestamp() * 1000)
        assert of_anna.start_time_unix_nano == of_anna.end_time_unix_nano == milliseconds * 10**6
        said = attributes(of_anna)
        key = read_subject_key(destination.subject_key_file)
        code = said.pop("dpl.core.data_subject_id")
        assert decrypt_subject(code, key=key, destination="almere") == ANNA
        assert said == {
            "dpl.core.processing_activity_id": f"https://register.example/{VERSION}",
            "dpl.core.data_subject_id_type": "deelwijs-log-pseudonym-aes-siv",
            "dpl.core.foreign_operation.processor": f"urn:nld:oin:{MUNICIPALITY}",
        }
        assert attributes(of_bram)["dpl.core.processing_activity_id"].endswith("/register/energy-allowance/")

    def test_neither_employee_nor_field_nor_pseudonym_leaves(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        grow(1, details={"reading": "details-stay"}, case="case-stays")
        send(destination)
        sent = collector.requests[0].SerializeToString()
        for secret in (b"Daan", ANNA.encode(), bytes.fromhex(ANNA), b"income", b"details-stay", b"case-stays"):
            assert secret not in sent
        assert collector.headers[0]["Authorization"] == "Bearer secret-token"

    def test_a_person_has_one_code_in_a_logboek_and_another_in_the_next(self, tmp_path: Path) -> None:
        create_subject_key(tmp_path / "key")
        key = read_subject_key(tmp_path / "key")
        here = encrypt_subject(ANNA, key=key, destination="almere")
        assert here == encrypt_subject(ANNA, key=key, destination="almere")
        assert here not in (
            encrypt_subject(ANNA, key=key, destination="police"),
            encrypt_subject(BRAM, key=key, destination="almere"),
        )
        with pytest.raises(ValueError, match="no code"):
            decrypt_subject(here, key=key, destination="police")

    def test_only_what_an_organisation_did_to_somebody_goes_to_it(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        append(2)
        append(3, organisation=POLICE)
        append(1, organisation="")
        append(1, subject="")
        sequence()
        assert send(destination).taken == len(collector.kept) == 2
        everybody = replace(destination, name="all", organisation="")
        assert send(everybody).taken == 6
        assert not LoggedEntry.objects.count() - 7

    def test_every_entry_is_sent_whatever_the_caller_sampled(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        with tracing(continue_trace(f"00-{TRACE_ID}-{CALLER}-00")):
            grow(700)
        assert send(destination).taken == 700
        assert len(collector.ids()) == len(collector.kept) == 700
        assert max(len(one.resource_spans[0].scope_spans[0].spans) for one in collector.requests) == 512


class TestNothingIsLost:
    """After each fault everything that the log holds is with the collector, some of it perhaps twice."""

    def test_what_is_not_acknowledged_is_sent_again(
        self, destination: Destination, collector: CollectorOfTests, subtests: pytest.Subtests
    ) -> None:
        for fault in FAULTS:
            with subtests.test(fault=fault):
                append(2)
                sequence()
                start = position().next_index
                collector.answer = lambda _spans, fault=fault: fault  # type: ignore[misc]  # bound to this round
                sent = send(destination)
                assert (sent.taken, bool(sent.failure)) == (0, True)
                assert (position().next_index, position().failures, position().leased_until) == (start, 1, None)
                assert not LogboekRejection.objects.exists()
                collector.answer = lambda _spans: Answer()
                assert send(destination).taken == 2
                assert collector.ids() == ids_of()

    def test_a_collector_that_is_away(
        self, destination: Destination, collector: CollectorOfTests, settings: Settings
    ) -> None:
        settings.LDV_LONGEST_BACKLOG = timedelta(0)
        grow(3)
        away = replace(destination, url="http://127.0.0.1:9/v1/traces")
        assert "no answer" in send(away).failure
        (alarm,) = Alarm.objects.going()
        assert (alarm.kind, alarm.where) == ("ldv-backlog", "almere")
        assert "3 leaves wait" in alarm.explanation
        send(destination)
        assert collector.ids() == ids_of()
        assert not Alarm.objects.going().exists()

    def test_a_collector_that_is_slow_is_not_waited_for(
        self, destination: Destination, collector: CollectorOfTests, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(speaking, "ANSWER_SECONDS", 0.2)
        grow(3)
        collector.answer = lambda _spans: Answer(body=bytes(5000), drips=True)
        assert send(destination).failure == "the answer takes too long"
        collector.answer = lambda _spans: Answer()
        send(destination)
        assert collector.ids() == ids_of()

    def test_a_worker_that_dies_between_answer_and_commit_sends_the_same_again(
        self, destination: Destination, collector: CollectorOfTests, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        grow(3)

        def killed(*_given: object) -> bool:
            raise KeyboardInterrupt

        monkeypatch.setattr(logboek, "_advance", killed)
        with pytest.raises(KeyboardInterrupt):
            send(destination)
        monkeypatch.undo()
        # Its lease stands in the way for a while, and not for ever.
        assert send(destination).gave_way
        LogboekPosition.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        send(destination)
        assert len(collector.kept) == 6
        assert collector.ids() == ids_of()

    def test_who_lost_the_lease_moves_nothing(self, destination: Destination, collector: CollectorOfTests) -> None:
        grow(3)

        def overtaken(spans: list[Span]) -> Answer:
            LogboekPosition.objects.update(next_index=2)
            # This is the collector's own thread, and its connection would outlive the database.
            connection.close()
            return Answer()

        collector.answer = overtaken
        assert send(destination).gave_way
        assert LogboekPosition.objects.get().next_index == 2

    def test_an_entry_that_commits_late_is_not_passed_over(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        """Its id is older than what was sent already; its place in the log is not."""
        late = an_entry()
        grow(2)
        send(destination)
        append_entry(late)
        sequence()
        send(destination)
        assert (late.trace_id, late.span_id) in collector.ids()
        assert collector.ids() == ids_of()

    def test_too_much_at_once_is_sent_in_halves(self, destination: Destination, collector: CollectorOfTests) -> None:
        grow(7)
        collector.answer = lambda spans: Answer() if len(spans) <= 2 else Answer(status=413, keeps=False)
        assert send(destination).taken == 7
        assert collector.ids() == ids_of()

    def test_what_a_collector_rejects_is_found_and_laid_aside(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        appended = grow(9)
        disliked = {Record.objects.get(pk=appended[at].id).entry.span_id for at in (2, 7)}

        def some(spans: list[Span]) -> Answer:
            bad = sum(span.span_id.hex() in disliked for span in spans)
            return rejecting(bad, "odd") if bad else Answer()

        collector.answer = some
        sent = send(destination)
        assert (sent.taken, sent.rejected, sent.failure) == (7, 2, "")
        aside = {one.entry_id: one.reason for one in LogboekRejection.objects.all()}
        assert aside == {appended[2].id: "odd", appended[7].id: "odd"}
        assert Alarm.objects.going().get().kind == "ldv-rejected"
        assert send_rejected(destination).rejected == 2
        collector.answer = lambda _spans: Answer()
        collector.kept.clear()
        assert send_rejected(destination).taken == 2
        assert {span for _trace, span in collector.ids()} == disliked
        assert not LogboekRejection.objects.exists()
        assert not Alarm.objects.going().exists()

    def test_a_collector_that_rejects_everything_gets_no_further(
        self, destination: Destination, collector: CollectorOfTests, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(logboek, "MOST_REJECTED", 2)
        grow(3)
        collector.answer = lambda spans: rejecting(len(spans), "quota")
        assert send(destination).failure == "rejects too much: quota"
        assert LogboekPosition.objects.get().next_index == 0
        assert not LogboekRejection.objects.exists()

    def test_after_a_failure_it_is_left_alone_for_a_while(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        grow(1)
        collector.answer = lambda _spans: Answer(status=503, keeps=False, headers={"Retry-After": "120"})
        send_logboek()
        retry_at = position().retry_at
        assert retry_at is not None
        assert retry_at > timezone.now() + timedelta(seconds=110)
        collector.answer = lambda _spans: Answer()
        assert send_logboek() == 0
        assert len(collector.requests) == 1
        LogboekPosition.objects.update(retry_at=timezone.now())
        assert send_logboek() == 1

    def test_a_run_that_has_nothing_to_say_asks_nothing(
        self, destination: Destination, collector: CollectorOfTests
    ) -> None:
        append(1)  # without a place in the log
        assert send(destination) == logboek.Sent()
        assert not collector.requests


class TestOperator:
    def test_status_and_send(self, destination: Destination, collector: CollectorOfTests) -> None:
        grow(2)
        assert "0 records taken, 2 leaves wait" in run("status")
        assert run("send") == "almere: 2 taken, 0 rejected\n"
        assert "2 records taken, 0 leaves wait" in run("status", "--destination", "almere")
        collector.answer = lambda _spans: Answer(status=401, keeps=False)
        grow(1)
        with pytest.raises(CommandError, match="nothing is lost"):
            run("send")
        assert "1 failures in a row, the last: answered 401" in run("status")

    def test_there_is_no_such_destination(self, destination: Destination, settings: Settings) -> None:
        with pytest.raises(CommandError, match="There are: almere"):
            run("send", "--destination", "zwolle")
        settings.LDV_DESTINATIONS_FILE = ""
        with pytest.raises(CommandError, match="LDV_DESTINATIONS_FILE"):
            run("status")

    def test_a_key_is_never_overwritten(self, tmp_path: Path) -> None:
        run("create-key", str(tmp_path / "key"))
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        with pytest.raises(CommandError, match="There is a key"):
            run("create-key", str(tmp_path / "key"))

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"name": "Al mere"}, "needs a name"),
            ({"organisation": "12"}, "no OIN"),
            ({"url": "http://collector.example/v1/traces"}, "no https"),
            ({"url": "https://user:word@collector.example/"}, "no https"),
            ({"url": "https://[::1/"}, "no https"),
            ({"subject_key_file": ""}, "needs a subject_key_file"),
            ({"token_file": "relative"}, "no absolute path"),
            ({"tokenfile": "/x"}, "unknown member"),
        ],
    )
    def test_a_destination_that_is_none_stops_the_start(
        self, settings: Settings, tmp_path: Path, change: dict[str, str], complaint: str
    ) -> None:
        good = {"name": "almere", "url": "https://collector.example/v1/traces", "subject_key_file": "/run/key"}
        file = tmp_path / "destinations.toml"
        lines = [f"{name} = {json.dumps(value)}" for name, value in (good | change).items()]
        file.write_text("\n".join(["[[destination]]", *lines]), encoding="utf-8")
        with pytest.raises(DestinationsUnusable, match=complaint):
            read_destinations(file)
        settings.LDV_DESTINATIONS_FILE = str(file)
        (error,) = check_logboek()
        assert error.id == "audit.E034"

    def test_without_collectors_nothing_is_sent(self, committed_db: object) -> None:
        grow(1)
        assert check_logboek() == []
        assert send_logboek() == 0
        assert not LogboekPosition.objects.exists()


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("ldv", *arguments, stdout=said)
    return said.getvalue()
