"""Viewing a file that was released: what the log gets to know of it, and what stops it."""

import json
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from audit.models import Record
from audit.timeline import describe
from consent.errors import DoesNotOpen
from consent.models import Account, Client, Member
from consent.services.change import narrow_consent, pause_consent, resume_consent, withdraw_consent
from sharing.errors import BlobMissing, NoViewing, ReleasedFileNotFound
from sharing.files.storage import file_storage
from sharing.models import SharedFile, Viewing
from sharing.released_file import files_among, find_released_file
from sharing.services.deletion import confirm_deletion
from sharing.services.erase import erase_citizen
from sharing.services.release import release
from sharing.services.viewing import end_unseen_viewings, stop_viewing, stream, view_file
from sharing.services.viewing.stream import FileStream, StreamCut
from sharing.tasks import end_unseen_viewings as beat
from sharing.viewing_words import ended
from tests.api import actor_of, token_for
from tests.cast import Cast
from tests.sharing.footage import (
    CAMERA,
    FILM,
    SIZE,
    Footage,
    body_of,
    close_answer,
    fetch,
    make_footage,
    path_of,
    share_footage,
    store_film,
)

KIB = 1024


@pytest.fixture
def footage(cast: Cast) -> Footage:
    return make_footage(cast)


def view(footage: Footage, release_id: UUID, start: int = 0, stop: int | None = None) -> FileStream:
    found = find_released_file(actor=footage.actor, release_id=release_id, file_id=footage.file.pk)
    return view_file(found, actor=footage.actor, start=start, stop=len(footage.content) if stop is None else stop)


def logged(action: str) -> list[Record]:
    return list(Record.objects.filter(action=f"sharing.viewing-{action}").order_by("at", "entry_id"))


def withdraw(footage: Footage) -> None:
    withdraw_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)


# --- One viewing --------------------------------------------------------------------------------------------------


def test_all_ranges_are_one_viewing_with_one_entry(footage: Footage) -> None:
    release_id = footage.release()
    for start in range(0, SIZE, 100_000):
        answer = fetch(footage, release_id, Range=f"bytes={start}-{start + 99_999}")
        assert body_of(answer) == footage.content[start : start + 100_000]
    viewing = Viewing.objects.get()
    assert (viewing.bytes_read, viewing.streams, viewing.end) == (SIZE, 0, "")
    [entry] = logged("started")
    assert (entry.pk, entry.outcome) == (viewing.start_entry, "allowed")
    said = json.loads(bytes(entry.canonical))
    assert said["related"] == str(Record.objects.get(action="sharing.released").pk)
    assert said["release"] == str(release_id)
    assert said["fields"] == [FILM]
    assert said["details"] == {"file": str(footage.file.pk), "mediaType": "video/webm", "size": SIZE}
    assert {"viewing-time", "not-deleted", "consent-given", "fields"} <= {one["code"] for one in said["verdicts"]}
    assert logged("ended") == []


def test_who_is_done_says_so_and_the_entry_says_how_much(footage: Footage) -> None:
    release_id = footage.release()
    body_of(fetch(footage, release_id, Range="bytes=0-999"))
    answer = Browser().post(
        path_of(release_id, footage.file.pk, "/stops"),
        {},
        content_type="application/json",
        headers={"authorization": f"Bearer {token_for(footage.cast.municipal_system)}"},
    )
    assert answer.status_code == 201
    viewing = Viewing.objects.get()
    assert answer.json() == {
        "id": str(viewing.pk),
        "bytesRead": 1000,
        "end": "stopped",
        "startEntryId": str(viewing.start_entry),
        "endEntryId": str(viewing.end_entry),
    }
    [entry] = logged("ended")
    start = Record.objects.get(pk=viewing.start_entry)
    said, said_first = json.loads(bytes(entry.canonical)), json.loads(bytes(start.canonical))
    assert said["related"] == str(start.pk)
    assert said["details"] == {**said_first["details"], "bytesRead": 1000, "end": "stopped"}
    assert (entry.outcome, bytes(entry.user_sealed)) == ("allowed", bytes(start.user_sealed))
    same = (
        "subject",
        "organisation",
        "role",
        "department",
        "purpose",
        "consent",
        "release",
        "request",
        "case",
        "fields",
    )
    assert {name: said[name] for name in same} == {name: said_first[name] for name in same}
    # Looking again is another viewing.
    body_of(fetch(footage, release_id, Range="bytes=0-0"))
    assert Viewing.objects.count() == len(logged("started")) == 2
    assert Viewing.objects.running().count() == 1


def test_nobody_stops_what_is_not_viewed(footage: Footage) -> None:
    release_id = footage.release()
    with pytest.raises(NoViewing):
        stop_viewing(actor=footage.actor, release_id=release_id, file_id=footage.file.pk)
    body_of(fetch(footage, release_id))
    with pytest.raises(NoViewing):
        stop_viewing(actor=footage.cast.daan.as_actor(), release_id=release_id, file_id=footage.file.pk)
    assert logged("ended") == []


def test_what_is_on_its_way_ends_when_who_looks_is_done(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    _small_stretches(monkeypatch)
    release_id = footage.release()
    bytes_on_their_way = view(footage, release_id)
    next(bytes_on_their_way)
    stop_viewing(actor=footage.actor, release_id=release_id, file_id=footage.file.pk)
    # One of a stretch had left, and it is said that the count may be short.
    assert json.loads(bytes(logged("ended")[0].canonical))["details"]["moreMayHaveLeft"]
    with pytest.raises(StreamCut):
        next(bytes_on_their_way)
    assert len(logged("ended")) == 1
    assert Viewing.objects.get().streams == 0


# --- How much left ------------------------------------------------------------------------------------------------


def test_who_goes_away_is_counted_for_what_left(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE", 64 * KIB)
    release_id = footage.release()
    answer = fetch(footage, release_id)
    pieces = iter(answer.streaming_content)
    next(pieces), next(pieces)
    assert Viewing.objects.get().streams == 1
    close_answer(answer)
    viewing = Viewing.objects.get()
    assert (viewing.bytes_read, viewing.streams) == (128 * KIB, 0)
    close_answer(answer)
    assert Viewing.objects.get().bytes_read == 128 * KIB


def test_an_answer_that_nobody_took_a_byte_of_is_no_byte(footage: Footage) -> None:
    release_id = footage.release()
    close_answer(fetch(footage, release_id))
    viewing = Viewing.objects.get()
    assert (viewing.bytes_read, viewing.streams) == (0, 0)


def test_a_viewing_of_which_nothing_is_heard_ends_with_the_exact_number(footage: Footage) -> None:
    release_id = footage.release()
    body_of(fetch(footage, release_id, Range="bytes=10-19"))
    assert beat() == 0
    Viewing.objects.update(last_seen_at=timezone.now() - timedelta(minutes=5))
    assert beat() == 1
    assert beat() == 0
    [entry] = logged("ended")
    details = json.loads(bytes(entry.canonical))["details"]
    assert (details["bytesRead"], details["end"], entry.outcome) == (10, "quiet", "allowed")
    assert "moreMayHaveLeft" not in details
    assert Viewing.objects.get().end_entry == entry.pk


def test_one_that_was_cut_off_ends_as_unknown(footage: Footage) -> None:
    release_id = footage.release()
    killed = view(footage, release_id)
    next(killed)
    Viewing.objects.update(last_seen_at=timezone.now() - timedelta(minutes=6))
    assert end_unseen_viewings() == 1
    details = json.loads(bytes(logged("ended")[0].canonical))["details"]
    assert (details["end"], details["moreMayHaveLeft"]) == ("unknown", True)
    # A process that was only slow still counts, and takes nothing back.
    killed.close()
    viewing = Viewing.objects.get()
    assert (viewing.end, viewing.bytes_read, viewing.streams) == ("unknown", stream.PIECE, 0)
    assert len(logged("ended")) == 1


# --- What stops it ------------------------------------------------------------------------------------------------


def test_a_withdrawal_stops_a_stream_that_runs(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    _small_stretches(monkeypatch)
    release_id = footage.release()
    bytes_on_their_way = view(footage, release_id)
    received = next(bytes_on_their_way)
    withdraw(footage)
    with pytest.raises(StreamCut, match="consent-given"):
        next(bytes_on_their_way)
    assert received == footage.content[: len(received)]
    viewing = Viewing.objects.get()
    assert (viewing.end, viewing.bytes_read, viewing.streams) == ("refused", len(received), 0)
    [entry] = logged("ended")
    said = json.loads(bytes(entry.canonical))
    assert (entry.outcome, entry.reason) == ("refused", "consent-given")
    assert said["details"]["bytesRead"] == len(received)
    assert "moreMayHaveLeft" not in said["details"]
    assert [one["code"] for one in said["verdicts"] if not one["holds"]] == ["consent-given"]
    with pytest.raises(StopIteration):
        next(bytes_on_their_way)


def test_a_player_that_is_paused_is_asked_about_too(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE", KIB)
    monkeypatch.setattr(stream, "STRETCH_SECONDS", 0.0)
    bytes_on_their_way = view(footage, footage.release())
    next(bytes_on_their_way)
    withdraw(footage)
    with pytest.raises(StreamCut):
        next(bytes_on_their_way)


def test_every_stretch_counts_and_is_decided_anew(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    _small_stretches(monkeypatch)
    release_id = footage.release()
    bytes_on_their_way = view(footage, release_id)
    for number in range(1, 4):
        next(bytes_on_their_way)
        assert Viewing.objects.get().bytes_read == (number - 1) * 32 * KIB
    pause_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)
    with pytest.raises(StreamCut):
        next(bytes_on_their_way)
    resume_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)
    assert body_of(fetch(footage, release_id)) == footage.content
    assert [one.end for one in Viewing.objects.order_by("pk")] == ["refused", ""]


def test_the_next_range_is_refused_with_the_reason_and_ends_the_viewing(footage: Footage) -> None:
    release_id = footage.release()
    body_of(fetch(footage, release_id, Range="bytes=0-99"))
    withdraw(footage)
    answer = fetch(footage, release_id, Range="bytes=100-199")
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "viewing-refused"
    assert [one["code"] for one in body["params"]["verdicts"] if not one["holds"]] == ["consent-given"]
    viewing = Viewing.objects.get()
    assert (viewing.end, viewing.bytes_read, str(viewing.end_entry)) == ("refused", 100, body["entryId"])
    # From then on each refusal is an entry of its own, as of a release.
    again = fetch(footage, release_id).json()
    entry = Record.objects.get(pk=again["entryId"])
    assert (entry.action, entry.outcome, entry.reason) == ("sharing.viewing-started", "refused", "consent-given")
    assert Record.objects.filter(action="service.refused").count() == 0


def test_a_withdrawal_is_in_the_log_within_a_minute_though_the_player_is_paused(footage: Footage) -> None:
    release_id = footage.release()
    body_of(fetch(footage, release_id, Range="bytes=0-99"))
    withdraw(footage)
    assert beat() == 1
    assert Viewing.objects.get().end == "refused"
    [entry] = logged("ended")
    assert (entry.outcome, entry.reason) == ("refused", "consent-given")
    assert beat() == 0


def test_who_is_erased_is_not_viewed_a_moment_longer(footage: Footage) -> None:
    release_id = footage.release()
    body_of(fetch(footage, release_id, Range="bytes=0-99"))
    erase_citizen(citizen=footage.cast.anna, secret=secrets.token_urlsafe(32))
    assert Viewing.objects.get().end == "refused"
    assert fetch(footage, release_id).status_code == 403
    erased = Record.objects.get(action="sharing.erased")
    assert logged("ended")[0].pk < erased.pk
    assert beat() == 0


def test_viewing_ends_some_hours_after_the_release(footage: Footage, settings: Settings) -> None:
    release_id = footage.release()
    settings.FILE_VIEWING_TIME = timedelta(microseconds=1)
    answer = fetch(footage, release_id)
    assert answer.status_code == 403
    verdicts = answer.json()["params"]["verdicts"]
    assert [one["code"] for one in verdicts if not one["holds"]] == ["viewing-time"]
    assert answer.json()["detail"].startswith("Het bestand kon worden bekeken tot")
    assert Viewing.objects.count() == 0


def test_what_was_deleted_is_not_viewed_any_more(cast: Cast) -> None:
    footage = make_footage(cast, keep={"days": 3})
    release_id = footage.release()
    confirm_deletion(actor=footage.actor, release_id=release_id)
    answer = fetch(footage, release_id)
    verdicts = answer.json()["params"]["verdicts"]
    assert [one["code"] for one in verdicts if not one["holds"]] == ["not-deleted"]


def test_viewing_takes_no_second_use(cast: Cast) -> None:
    footage = make_footage(cast, uses=1)
    release_id = footage.release()
    assert body_of(fetch(footage, release_id)) == footage.content
    footage.consent.refresh_from_db()
    assert footage.consent.uses_taken == 1


def test_a_newer_consent_is_no_word_on_an_older_release(footage: Footage) -> None:
    release_id = footage.release()
    withdraw(footage)
    newer = share_footage(footage.cast, footage.version)
    assert newer.pk != footage.consent.pk
    answer = fetch(footage, release_id)
    assert answer.status_code == 403
    assert [one["code"] for one in answer.json()["params"]["verdicts"]] == ["not-available"]


# --- Whose --------------------------------------------------------------------------------------------------------


def test_only_who_received_it_views_it(footage: Footage) -> None:
    release_id = footage.release()
    cast = footage.cast
    strangers = (actor_of(cast.police_system), cast.eva.as_actor(), cast.daan.as_actor())
    for actor in strangers:
        with pytest.raises(ReleasedFileNotFound):
            find_released_file(actor=actor, release_id=release_id, file_id=footage.file.pk)
    for token in (token_for(cast.police_system), "unknown"):
        assert fetch(footage, release_id, token=token).status_code == (401 if token == "unknown" else 404)
    for wrong_release, wrong_file in ((uuid4(), footage.file.pk), (release_id, uuid4())):
        answer = Browser().get(
            path_of(wrong_release, wrong_file), headers={"authorization": f"Bearer {token_for(cast.municipal_system)}"}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "released-file-not-found")
    scopeless = fetch(footage, release_id, token=token_for(cast.municipal_system, scopes="requests:write"))
    assert scopeless.status_code == 403
    assert Viewing.objects.count() == 0
    assert logged("started") == []


def test_a_film_that_took_the_place_of_another_is_an_access_of_its_own(cast: Cast) -> None:
    footage = make_footage(cast, size=KIB, keepUpToDate=True, uses=2)
    first = footage.release(key="first")
    newer = store_film(cast.anna, footage.file.dataset_version, b"another film")
    for file in (footage.file, newer):
        with pytest.raises(ReleasedFileNotFound):
            find_released_file(actor=footage.actor, release_id=first, file_id=file.pk)
    second = footage.release(key="second")
    assert find_released_file(actor=footage.actor, release_id=second, file_id=newer.pk).file == newer
    assert Viewing.objects.count() == 0


@pytest.mark.parametrize("how", ["system", "membership", "account"])
def test_who_may_no_longer_act_gets_no_further(footage: Footage, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    _small_stretches(monkeypatch)
    daan = footage.cast.daan
    actor = footage.actor if how == "system" else daan.as_actor()
    found = find_released_file(actor=actor, release_id=footage.release(actor), file_id=footage.file.pk)
    bytes_on_their_way = view_file(found, actor=actor, start=0, stop=SIZE)
    received = len(next(bytes_on_their_way)) + len(next(bytes_on_their_way))
    if how == "system":
        Client.objects.filter(pk=footage.cast.municipal_system.pk).update(is_active=False)
    elif how == "membership":
        Member.objects.filter(pk=daan.pk).update(ended_at=timezone.now())
    else:
        Account.objects.filter(pk=daan.account_id).update(is_active=False)
    with pytest.raises(StreamCut, match="still-acts"):
        next(bytes_on_their_way)
    viewing = Viewing.objects.get()
    assert (viewing.end, viewing.bytes_read, viewing.streams) == ("refused", received, 0)
    [entry] = logged("ended")
    assert (entry.outcome, entry.reason) == ("refused", "still-acts")


# --- What cannot be opened ----------------------------------------------------------------------------------------


def test_bytes_that_are_away_are_a_failure_in_the_log(footage: Footage) -> None:
    release_id = footage.release()
    file_storage().delete(str(footage.file.pk))
    answer = fetch(footage, release_id)
    assert (answer.status_code, answer.json()["code"]) == (503, BlobMissing.code)
    [entry] = logged("started")
    assert (entry.outcome, entry.reason) == ("failed", BlobMissing.code)
    assert Viewing.objects.count() == 0


def test_a_file_put_in_the_place_of_another_does_not_open(footage: Footage, tmp_path: Any) -> None:
    release_id = footage.release()
    folder = tmp_path / "files"
    # The still is sealed with the same key, and does not open as the film.
    (folder / str(footage.file.pk)).write_bytes((folder / f"{footage.file.pk}.still").read_bytes())
    answer = fetch(footage, release_id)
    assert answer.status_code >= 500
    assert logged("started")[0].outcome == "failed"


# --- In words -----------------------------------------------------------------------------------------------------


def test_the_citizen_reads_it_in_plain_words(footage: Footage) -> None:
    release_id = footage.release()
    body_of(fetch(footage, release_id, Range="bytes=0-499999"))
    withdraw(footage)
    beat()
    said = {}
    for language in ("nl", "en"):
        with translation.override(language):
            records = list(Record.objects.filter(action__startswith="sharing.viewing-").order_by("entry_id"))
            said[language] = [
                (str(one.action_title), one.details_said.replace("\xa0", " "))
                for one in describe(records, reader="subject")
            ]
    assert said == {
        "nl": [
            ("Een organisatie begon een bestand te bekijken", "Een video van 976,6 KB."),
            (
                "Het bekijken van een bestand is afgebroken",
                "Zij ontvingen 488,3 KB; het bestand is 976,6 KB. Het mocht niet meer, daarom is het afgebroken.",
            ),
        ],
        "en": [
            ("An organisation began to view a file", "A video of 976.6 KB."),
            (
                "Viewing a file was cut off",
                "They received 488.3 KB; the file is 976.6 KB. It was no longer allowed, so it was cut off.",
            ),
        ],
    }


def test_more_than_the_file_holds_is_said_to_be_parts_that_came_again() -> None:
    with translation.override("en"):
        said = {read: ended({"end": "stopped", "bytesRead": read, "size": 2048}) for read in (2048, 3072)}
    assert {read: text.replace("\xa0", " ") for read, text in said.items()} == {
        2048: "They received 2.0 KB; the file is 2.0 KB. They said that they were done.",
        3072: "They received 3.0 KB; the file is 2.0 KB. They received some parts more than once. "
        "They said that they were done.",
    }


# --- What a release says of it ------------------------------------------------------------------------------------


def test_a_release_says_which_file_and_where_its_bytes_are(footage: Footage) -> None:
    answer = Browser().post(
        "/api/v1/releases",
        {"requestId": str(footage.request.pk)},
        content_type="application/json",
        headers={
            "authorization": f"Bearer {token_for(footage.cast.municipal_system)}",
            "idempotency-key": "of the system",
        },
    )
    assert answer.status_code == 201
    released = answer.json()
    assert released["fields"] == {
        FILM: {
            "id": str(footage.file.pk),
            "mediaType": "video/webm",
            "size": SIZE,
            "href": path_of(UUID(released["id"]), footage.file.pk),
        },
        CAMERA: "Deurbel voorkant",
    }
    assert body_of(fetch(footage, UUID(released["id"]))) == footage.content


def test_what_only_looks_like_a_file_is_none(cast: Cast) -> None:
    footage = make_footage(cast)
    value = {"id": str(uuid4()), "mediaType": "video/mp4", "size": 1}
    described = {"id": str(footage.file.pk), "mediaType": "video/webm", "size": SIZE}
    assert files_among({FILM: described, CAMERA: value}, consent_id=footage.consent.pk) == {FILM}
    assert files_among({FILM: value}, consent_id=footage.consent.pk) == frozenset()


def test_narrowing_that_keeps_the_film_leaves_it_viewable(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    _small_stretches(monkeypatch)
    release_id = footage.release()
    bytes_on_their_way = view(footage, release_id)
    received = next(bytes_on_their_way)
    # Another key of the consent, and the film under it.
    _narrow(footage, [FILM])
    received += next(bytes_on_their_way)
    assert received == footage.content[: 64 * KIB]
    bytes_on_their_way.close()
    assert body_of(fetch(footage, release_id, Range="bytes=0-9")) == footage.content[:10]
    assert len(logged("started")) == 1


def test_narrowing_that_drops_the_film_stops_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _small_stretches(monkeypatch)
    footage = make_footage(cast, required=False)
    release_id = footage.release()
    bytes_on_their_way = view(footage, release_id)
    next(bytes_on_their_way)
    _narrow(footage, [CAMERA])
    with pytest.raises(StreamCut, match="fields"):
        next(bytes_on_their_way)
    assert (logged("ended")[0].outcome, logged("ended")[0].reason) == ("refused", "fields")
    assert fetch(footage, release_id).status_code == 404


def test_a_film_that_only_a_question_is_answered_about_is_not_viewed(
    footage: Footage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its field stays among those that are granted, but its value does not leave."""
    _small_stretches(monkeypatch)
    release_id = footage.release()
    bytes_on_their_way = view(footage, release_id)
    next(bytes_on_their_way)
    _narrow(footage, [FILM, CAMERA], answerOnly={FILM: "is-known"})
    assert not SharedFile.objects.exists()
    with pytest.raises(DoesNotOpen):
        next(bytes_on_their_way)
    assert fetch(footage, release_id).status_code == 404
    assert release(actor=footage.actor, request_id=footage.request.pk, idempotency_key="b").data_or_refusal().files == (
        frozenset()
    )


def _narrow(footage: Footage, fields: list[str], **terms: Any) -> None:
    footage.consent.refresh_from_db()
    narrow_consent(
        citizen=footage.cast.anna,
        consent_id=footage.consent.pk,
        version=footage.consent.version,
        terms={**footage.consent.conditions, "fields": fields, **terms},
    )


def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE", 32 * KIB)
    monkeypatch.setattr(stream, "STRETCH", 32 * KIB)
