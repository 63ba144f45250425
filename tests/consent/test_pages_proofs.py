"""Proofs for a citizen to keep: of each line, of all lines in one file, and for the browser that checks them."""

import base64
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as configured
from django.test import Client

from audit import proof_archive
from audit.models import Leaf, Record
from audit.signing.log_key import load_verifier
from audit.tree.inclusion import prove_entry
from tests.audit.log import sequence
from tests.cast import Cast
from tests.consent.contesting import looked_at, read_more
from tests.consent.test_pages_history import HISTORY, UNKNOWN, lines
from tests.pages import nothing_written, queries_of, signed_in, text_of


@pytest.fixture
def anna(committed_cast: Cast) -> Client:
    browser = signed_in(committed_cast.anna.account)
    browser.cookies["language"] = "en"
    return browser


@pytest.fixture
def in_the_log(committed_cast: Cast) -> Record:
    """The newest of three accesses, which all have their place in the log."""
    record = looked_at(committed_cast, times=3)
    sequence()
    return record


def content(browser: Client, path: str) -> bytes:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.content
    assert "attachment" in answer["Content-Disposition"]
    return answer.getvalue()


def test_each_line_has_its_proof_as_text_and_as_json(anna: Client, in_the_log: Record) -> None:
    with nothing_written():
        text = content(anna, f"{HISTORY}{in_the_log.pk}/proof.txt").decode()
        proof = json.loads(content(anna, f"{HISTORY}{in_the_log.pk}/proof.json"))
    assert text == prove_entry(in_the_log).to_tlog_proof()
    assert base64.b64decode(proof["canonical"]) == bytes(in_the_log.canonical)
    assert UUID(proof["entryId"]) == in_the_log.pk


def test_a_browser_gets_the_proofs_of_the_newest_lines_under_one_checkpoint(
    committed_cast: Cast, anna: Client, in_the_log: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_more(committed_cast)
    monkeypatch.setattr("consent.pages.my.checking.LATEST", 3)
    given = anna.get("/my/check/proofs.json").json()
    mine = Record.objects.filter(
        subject=committed_cast.anna.log_subject, pk__in=Leaf.objects.values("entry_id")
    ).newest_first()
    assert [UUID(one["entryId"]) for one in given["proofs"]] == [one.pk for one in mine[:3]]
    assert given["checkpoint"] == prove_entry(in_the_log).checkpoint
    (one,) = anna.get(f"/my/check/{in_the_log.pk}/proofs.json").json()["proofs"]
    assert [base64.b64decode(one_hash) for one_hash in one["hashes"]] == prove_entry(in_the_log).hashes


def test_all_proofs_come_in_one_file_with_a_program_that_checks_them(
    committed_cast: Cast, anna: Client, in_the_log: Record, tmp_path: Path
) -> None:
    waits = read_more(committed_cast)
    with nothing_written():
        held = io.BytesIO(content(anna, f"{HISTORY}proofs.zip?kind=looked"))
    with zipfile.ZipFile(held) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    proofs = sorted((tmp_path / "proofs").iterdir())
    assert len(proofs) == 3
    assert str(waits.pk) in (tmp_path / "waiting.txt").read_text()
    readme = (tmp_path / "README.txt").read_text()
    assert "HOW TO CHECK" in readme
    assert "ZO CONTROLEERT U HET" in readme
    assert (tmp_path / "key.txt").read_text() == f"{load_verifier()}\n"
    # By the program in the file, in a process that cannot import the service.
    for proof in proofs:
        result = subprocess.run(
            [sys.executable, "-I", "standalone_verifier.py", "proof", str(proof), "--key", "key.txt"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (result.returncode, result.stdout) == (0, "HOLDS\n"), result.stderr
        assert proof.name.endswith(".txt")


def test_too_many_proofs_for_one_file_are_refused_in_words(
    anna: Client, in_the_log: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_archive, "MOST_PROOFS", 2)
    with nothing_written():
        answer = anna.get(f"{HISTORY}proofs.zip")
    assert answer.status_code == 413
    assert "One file holds 2 proofs at most. Choose a shorter period" in text_of(answer)


def test_more_proofs_in_a_file_take_no_more_memory_or_queries_than_their_batches(
    committed_cast: Cast, anna: Client, in_the_log: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_archive, "_BATCH", 2)
    answer = anna.get(f"{HISTORY}proofs.zip?kind=looked")
    pieces = [len(piece) for piece in answer]
    # What goes with it, a batch of two, a batch of one, and the list at the end.
    assert len(pieces) == 4
    assert all(pieces)


def test_without_a_checkpoint_everything_waits(committed_cast: Cast, anna: Client) -> None:
    looked_at(committed_cast)
    with zipfile.ZipFile(io.BytesIO(content(anna, f"{HISTORY}proofs.zip"))) as archive:
        assert "checkpoint.txt" not in archive.namelist()
        assert len(archive.read("waiting.txt").splitlines()) == len(lines(anna))
    assert anna.get("/my/check/proofs.json").status_code == 409


def test_the_program_is_the_one_of_the_source(client: Client, committed_cast: Cast) -> None:
    answer = client.get("/audit/log/standalone_verifier.py")
    assert answer.content == (configured.BASE / "audit" / "standalone_verifier.py").read_bytes()
    assert "standalone_verifier.py" in answer["Content-Disposition"]


def test_a_line_says_who_what_for_which_data_and_why(anna: Client, in_the_log: Record) -> None:
    page = anna.get(f"{HISTORY}{in_the_log.pk}/")
    text = text_of(page)
    for part in ("Gemeente Voorbeeldstad", "Energy allowance", "Size, Amount", "Z-2026-1", "How this was decided"):
        assert part in text, part
    assert f"/my/consents/{in_the_log.consent}/" in page.content.decode()
    assert f"place {Leaf.objects.get(entry_id=in_the_log.pk).index} in a log" in text
    assert "Daan" not in text


def test_the_line_of_another_is_not_there(committed_cast: Cast, in_the_log: Record) -> None:
    bram = signed_in(committed_cast.bram.account)
    for entry_id in (in_the_log.pk, UNKNOWN):
        for path in (f"{HISTORY}{entry_id}/", f"{HISTORY}{entry_id}/contest/", f"{HISTORY}{entry_id}/proof.json"):
            assert bram.get(path).status_code == 404
        assert bram.get(f"/my/check/{entry_id}/").status_code == 404
        assert bram.get(f"/my/check/{entry_id}/proofs.json").status_code == 404
    assert str(in_the_log.pk) not in bram.get("/my/check/proofs.json").content.decode()
    with zipfile.ZipFile(io.BytesIO(content(bram, f"{HISTORY}proofs.zip"))) as archive:
        assert not [name for name in archive.namelist() if str(in_the_log.pk) in name]


def test_more_lines_take_no_more_queries(committed_cast: Cast, anna: Client, in_the_log: Record) -> None:
    paths = (HISTORY, f"{HISTORY}?kind=looked&outcome=allowed", f"{HISTORY}{in_the_log.pk}/", "/my/check/proofs.json")
    few = [queries_of(anna, path) for path in paths]
    read_more(committed_cast, times=12)
    sequence()
    assert [queries_of(anna, path) for path in paths] == few
