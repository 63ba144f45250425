"""The answers with a file: headers, ranges, HEAD, at all three doors, and who stands before a closed one."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone

from audit.models import LoggedEntry
from consent.acting import Acting
from consent.models import Mandate
from consent.services.change import withdraw_consent
from sharing.models import Viewing
from sharing.pages import own_file
from sharing.services.files.remove import remove_file
from sharing.services.viewing.stream import StreamCut
from tests.api import token_for
from tests.cast import Cast
from tests.consent.test_mandates import guardian_of_anna
from tests.pages import signed_in
from tests.sharing.footage import SIZE, STILL, Footage, body_of, fetch, make_footage, path_of, store_film

CHUNK = 16 * 1024
SHOWN_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@pytest.fixture
def footage(cast: Cast) -> Footage:
    return make_footage(cast)


def test_the_whole_file_comes_with_what_protects_it(footage: Footage) -> None:
    answer = fetch(footage, footage.release())
    assert answer.status_code == 200
    assert body_of(answer) == footage.content
    assert {name: answer[name] for name in (
        "Content-Type", "Content-Length", "Accept-Ranges", "ETag", "Cache-Control", "X-Content-Type-Options",
        "Content-Disposition", "Content-Security-Policy", "Cross-Origin-Resource-Policy",
    )} == {
        "Content-Type": "video/webm",
        "Content-Length": "1000000",
        "Accept-Ranges": "bytes",
        "ETag": f'"{footage.file.pk}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="{footage.file.pk}.webm"',
        "Content-Security-Policy": SHOWN_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
    }  # fmt: skip
    # Nor the citizen's own name for it.
    assert "Ruzie" not in str(answer.headers)


def test_ranges_of_a_million_bytes_are_those_bytes(footage: Footage) -> None:
    release_id, token = footage.release(), token_for(footage.cast.municipal_system)
    borders = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 61 * CHUNK, SIZE - 2, SIZE - 1]
    for first in borders:
        for last in (first, first + 1, first + CHUNK, SIZE):
            answer = fetch(footage, release_id, token=token, Range=f"bytes={first}-{last}")
            expected = footage.content[first : last + 1]
            assert answer.status_code == 206
            assert answer["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/1000000"
            assert answer["Content-Length"] == str(len(expected))
            assert body_of(answer) == expected
    assert body_of(fetch(footage, release_id, Range="bytes=-5")) == footage.content[-5:]
    assert body_of(fetch(footage, release_id, Range="bytes=0-1,5-6")) == footage.content
    etag = f'"{footage.file.pk}"'
    assert body_of(fetch(footage, release_id, Range="bytes=0-1", If_Range=etag)) == footage.content[:2]
    other = fetch(footage, release_id, Range="bytes=0-1", If_Range='"another"')
    assert (other.status_code, other["Content-Length"]) == (200, "1000000")


def test_bytes_that_are_not_there_are_416_and_no_viewing(footage: Footage) -> None:
    release_id = footage.release()
    before = LoggedEntry.objects.count()
    answer = fetch(footage, release_id, Range="bytes=1000000-")
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */1000000"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "range-not-satisfiable"
    assert Viewing.objects.count() == 0
    assert LoggedEntry.objects.count() == before
    withdraw_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)
    refused = fetch(footage, release_id, Range="bytes=1000000-")
    assert (refused.status_code, "Content-Range" in refused) == (403, False)


def test_head_tells_about_the_file_and_is_no_viewing(footage: Footage) -> None:
    release_id = footage.release()
    token, path = token_for(footage.cast.municipal_system), path_of(release_id, footage.file.pk)
    headers = {"authorization": f"Bearer {token}", "range": "bytes=0-1"}
    before = LoggedEntry.objects.count()
    answer = Browser().head(path, headers=headers)
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, "1000000", b"")
    assert answer["Accept-Ranges"] == "bytes"
    assert (Viewing.objects.count(), LoggedEntry.objects.count()) == (0, before)
    withdraw_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)
    assert Browser().head(path, headers=headers).status_code == 403


def test_only_looking_is_possible(footage: Footage) -> None:
    release_id = footage.release()
    headers = {"authorization": f"Bearer {token_for(footage.cast.municipal_system)}"}
    path = path_of(release_id, footage.file.pk)
    for method in ("post", "put", "delete"):
        assert getattr(Browser(), method)(path, headers=headers).status_code == 405
    assert Viewing.objects.count() == 0


def test_any_accept_header_gets_the_file(footage: Footage) -> None:
    release_id = footage.release()
    for accept in ("video/*;q=0.9", "video/webm", "*/*", "text/html"):
        answer = fetch(footage, release_id, Accept=accept, Range="bytes=0-9")
        assert (answer.status_code, body_of(answer)) == (206, footage.content[:10])


def test_the_still_is_sealed_like_the_film_and_counts(footage: Footage, tmp_path: Any) -> None:
    release_id = footage.release()
    answer = fetch(footage, release_id, last="/still")
    assert (answer["Content-Type"], answer["ETag"]) == ("image/jpeg", f'"{footage.file.pk}-still"')
    assert body_of(answer) == STILL
    assert Viewing.objects.get().bytes_read == len(STILL)
    for blob in (tmp_path / "files").iterdir():
        assert STILL not in blob.read_bytes()
        assert footage.content[:64] not in blob.read_bytes()


def test_a_file_without_a_still_has_none(cast: Cast) -> None:
    footage = make_footage(cast, size=10, still=b"")
    assert fetch(footage, footage.release(), last="/still").status_code == 404


def test_a_document_is_saved_and_not_opened(cast: Cast) -> None:
    footage = make_footage(cast, content=b"%PDF-1.7", media_type="application/pdf", still=b"")
    answer = fetch(footage, footage.release())
    assert answer["Content-Disposition"] == f'attachment; filename="{footage.file.pk}.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert body_of(answer) == b"%PDF-1.7"


def test_nothing_of_it_is_in_the_cache(footage: Footage) -> None:
    cache.clear()
    keys_before = len(cache._cache.get_client().keys("*"))  # type: ignore[attr-defined]  # what Redis itself holds
    body_of(fetch(footage, footage.release()))
    assert len(cache._cache.get_client().keys("*")) == keys_before  # type: ignore[attr-defined]


def test_queries_of_a_range_do_not_grow(footage: Footage, django_assert_max_num_queries: Any) -> None:
    release_id, token = footage.release(), token_for(footage.cast.municipal_system)
    body_of(fetch(footage, release_id, token=token, Range="bytes=0-9"))
    # Token, file, standing; the transaction that locks, counts and finds the viewing; the end of the stream.
    with django_assert_max_num_queries(9):
        body_of(fetch(footage, release_id, token=token, Range="bytes=10-19"))


# --- At the desk --------------------------------------------------------------------------------------------------


def test_the_desk_shows_it_to_who_read_it_and_to_nobody_else(footage: Footage) -> None:
    cast = footage.cast
    release_id = footage.release(cast.daan.as_actor())
    path = f"/desk/releases/{release_id}/files/{footage.file.pk}"
    daan, eva, anna = signed_in(cast.daan.account), signed_in(cast.eva.account), signed_in(cast.anna.account)
    answer = daan.get(path, headers={"range": "bytes=5-9"})
    assert (answer.status_code, answer["Content-Range"]) == (206, "bytes 5-9/1000000")
    assert body_of(answer) == footage.content[5:10]
    assert answer["Content-Security-Policy"] == SHOWN_POLICY
    assert body_of(daan.get(f"{path}/still")) == STILL
    assert Viewing.objects.get().bytes_read == 5 + len(STILL)
    for last in ("", "/still"):
        assert eva.get(f"{path}{last}").status_code == 404
        assert anna.get(f"{path}{last}").status_code == 403
        assert Browser().get(f"{path}{last}").status_code == 302
        assert daan.post(f"{path}{last}").status_code == 405
    assert eva.post(f"{path}/stop").status_code == 404
    # Not what a system of the same organisation received.
    others = footage.release(key="of the system")
    assert daan.get(f"/desk/releases/{others}/files/{footage.file.pk}").status_code == 404
    assert daan.post(f"{path}/stop").status_code == 302
    assert Viewing.objects.get().end == "stopped"
    assert daan.get(f"{path}/stop").status_code == 405
    # What the player asks before its page is gone begins no other viewing; later he may look again.
    assert daan.get(path).status_code == 409
    Viewing.objects.update(ended_at=timezone.now() - timedelta(seconds=11))
    assert body_of(daan.get(path)) == footage.content
    assert Viewing.objects.count() == 2


def test_a_player_gets_a_part_at_a_time_and_a_system_all_of_it(cast: Cast) -> None:
    footage = make_footage(cast, content=bytes(5 * 1024 * 1024), still=b"")
    path = f"/desk/releases/{footage.release(cast.daan.as_actor())}/files/{footage.file.pk}"
    answer = signed_in(cast.daan.account).get(path, headers={"range": "bytes=1-"})
    assert (answer.status_code, answer["Content-Range"]) == (206, "bytes 1-4194304/5242880")
    assert len(body_of(answer)) == 4 * 1024 * 1024
    system = fetch(footage, footage.release(key="of the system"), Range="bytes=1-")
    assert system["Content-Range"] == "bytes 1-5242879/5242880"
    assert len(body_of(system)) == 5 * 1024 * 1024 - 1


def test_a_refusal_at_the_desk_says_why(footage: Footage) -> None:
    cast = footage.cast
    path = f"/desk/releases/{footage.release(cast.daan.as_actor())}/files/{footage.file.pk}"
    withdraw_consent(citizen=cast.anna, consent_id=footage.consent.pk)
    answer = signed_in(cast.daan.account).get(path)
    assert answer.status_code == 403
    assert "De toestemming is ingetrokken" in answer.content.decode()


# --- The citizen's own --------------------------------------------------------------------------------------------


def test_the_citizen_sees_the_own_file_and_nobody_elses(footage: Footage) -> None:
    cast = footage.cast
    anna, bram = signed_in(cast.anna.account), signed_in(cast.bram.account)
    path = f"/my/files/{footage.file.pk}"
    before = LoggedEntry.objects.count()
    answer = anna.get(path, headers={"range": "bytes=16380-16390"})
    assert (answer.status_code, body_of(answer)) == (206, footage.content[16380:16391])
    assert body_of(anna.get(path)) == footage.content
    assert body_of(anna.get(f"{path}/still")) == STILL
    assert anna.head(path)["Content-Length"] == "1000000"
    assert anna.get(path, headers={"range": "bytes=1000000-"}).status_code == 416
    assert (Viewing.objects.count(), LoggedEntry.objects.count()) == (0, before)
    for stranger, status in ((bram, 404), (signed_in(cast.daan.account), 403), (Browser(), 302)):
        for last in ("", "/still"):
            assert stranger.get(f"{path}{last}").status_code == status
    assert anna.get(f"/my/files/{uuid4()}").status_code == 404
    brams = store_film(cast.bram, footage.file.dataset_version, b"of Bram", still=b"")
    assert anna.get(f"/my/files/{brams.pk}").status_code == 404
    assert bram.get(f"/my/files/{brams.pk}/still").status_code == 404
    assert body_of(bram.get(f"/my/files/{brams.pk}")) == b"of Bram"


@pytest.mark.parametrize("end", ["mandate", "file"])
def test_a_guardian_sees_no_more_of_it_than_as_long_as_it_may_be_seen(
    footage: Footage, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(own_file, "PIECE", 1024)
    monkeypatch.setattr(own_file, "STRETCH", 2048)
    mandate = guardian_of_anna(footage.cast)
    stream = own_file.OwnStream(Acting(footage.cast.anna, mandate), footage.file.pk, start=0, stop=10_000)
    assert b"".join([next(stream) for _piece in range(4)]) == footage.content[:4096]
    if end == "mandate":
        Mandate.objects.filter(pk=mandate.pk).update(ended_at=timezone.now())
    else:
        remove_file(citizen=footage.cast.anna, file_id=footage.file.pk)
    with pytest.raises(StreamCut):
        next(stream)
    stream.close()
    assert Viewing.objects.count() == 0
