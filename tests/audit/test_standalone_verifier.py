"""The stand-alone verifier accepts what the log hands out, and refuses every change to it."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.live_server_helper import LiveServer

from audit import standalone_verifier
from audit.api.serializers import EntryProofSerializer
from audit.models import Checkpoint, Record
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer, load_verifier
from audit.signing.signed_note import generate_signer
from audit.tree.inclusion import prove_entry
from audit.tree.merkle import EMPTY_ROOT
from audit.tree.tiles import TILE_WIDTH
from tests.audit.log import grow, sequence

PROGRAM = Path(standalone_verifier.__file__)


class Given:
    """A folder with a proof in both forms, made by a log of 300 leaves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        appended = grow(300)
        proof = prove_entry(Record.objects.get(entry_id=appended[123].id))
        self.json: dict[str, Any] = json.loads(json.dumps(EntryProofSerializer(proof).data))
        self.text = proof.to_tlog_proof()
        self.key = str(load_verifier())

    def check(self, proof: dict[str, Any] | str, key: str | None = None) -> int:
        file = self.folder / "proof"
        file.write_text(proof if isinstance(proof, str) else json.dumps(proof), encoding="utf-8")
        return standalone_verifier.main(["proof", str(file), "--key", key or self.key])


@pytest.fixture
def given_proof(committed_db: object, tmp_path: Path) -> Given:
    return Given(tmp_path)


def test_it_imports_nothing_of_the_service() -> None:
    """It runs in a process that cannot see the project at all."""
    ran = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), "--help"], capture_output=True, text=True, cwd="/", check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "audit." not in PROGRAM.read_text(encoding="utf-8").replace("audit.log", "")


class TestProof:
    def test_a_proof_holds_in_both_forms(self, given_proof: Given, capsys: pytest.CaptureFixture[str]) -> None:
        assert given_proof.check(given_proof.json) == 0
        assert given_proof.check(given_proof.text) == 0
        shown = capsys.readouterr()
        assert "HOLDS" in shown.out
        assert '"action":"test.happened"' in shown.err

    def test_another_text_does_not(self, given_proof: Given) -> None:
        canonical = base64.b64decode(given_proof.json["canonical"]).replace(b"allowed", b"refused")
        changed = given_proof.json | {"canonical": base64.b64encode(canonical).decode()}
        assert given_proof.check(changed) == 1

    def test_another_part_does_not(self, given_proof: Given, subtests: pytest.Subtests) -> None:
        for part, value in [
            ("salt", base64.b64encode(bytes(32)).decode()),
            ("salt", ""),
            ("leafIndex", 124),
            ("leafIndex", -1),
            ("leafIndex", 10**9),
            ("leafIndex", "123"),
            ("treeSize", 299),
            ("hashes", []),
            ("entryId", "00000000-0000-7000-8000-000000000000"),
            ("checkpoint", ""),
            ("hashes", None),
        ]:
            with subtests.test(part, value=value):
                assert given_proof.check(given_proof.json | {part: value}) == 1

    def test_a_path_that_is_longer_or_shorter_does_not(self, given_proof: Given) -> None:
        hashes = given_proof.json["hashes"]
        assert given_proof.check(given_proof.json | {"hashes": hashes[:-1]}) == 1
        assert given_proof.check(given_proof.json | {"hashes": [*hashes, hashes[0]]}) == 1

    def test_a_checkpoint_that_somebody_else_signed_does_not(self, given_proof: Given) -> None:
        head = TreeHead(settings.LOG_ORIGIN, 300, bytes(Checkpoint.objects.newest_first()[0].root))
        forged = sign_checkpoint(head, generate_signer(settings.LOG_ORIGIN))
        assert given_proof.check(given_proof.json | {"checkpoint": forged}) == 1

    def test_witnesses_may_sign_too(self, given_proof: Given) -> None:
        note = given_proof.json["checkpoint"]
        cosigned = generate_signer("witness.example").sign(note.partition("\n\n")[0] + "\n").rpartition("\n\n")[2]
        assert given_proof.check(given_proof.json | {"checkpoint": note + cosigned}) == 0

    @hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_no_changed_character_goes_unnoticed(self, given_proof: Given, data: st.DataObject) -> None:
        text = given_proof.text
        at = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda one: one != text[at]))
        assert given_proof.check(text[:at] + other + text[at + 1 :]) != 0

    def test_nonsense_is_no_proof(self, given_proof: Given, subtests: pytest.Subtests) -> None:
        for nonsense in ["", "{}", "[]", "null", "no JSON", '{"salt": 1}', "c2sp.org/tlog-proof@v1\n"]:
            with subtests.test(nonsense):
                assert given_proof.check(nonsense) == 1

    def test_without_a_good_key_nothing_can_be_checked(self, given_proof: Given) -> None:
        assert given_proof.check(given_proof.json, key="name+00000000+AAAA") == 2
        assert given_proof.check(given_proof.json, key=str(given_proof.folder / "nowhere")) == 2

    def test_the_key_may_stand_in_a_file(self, given_proof: Given) -> None:
        file = given_proof.folder / "key"
        file.write_text(given_proof.key + "\n", encoding="utf-8")
        assert given_proof.check(given_proof.json, key=str(file)) == 0


class TestPublishedLog:
    @pytest.fixture(autouse=True)
    def _log(self, live_server: LiveServer, tmp_path: Path) -> None:
        self.url = f"{live_server.url}/audit/log"
        self.key = str(load_verifier())
        self.kept = tmp_path / "kept"
        grow(200)
        self.keep()
        grow(TILE_WIDTH)

    def keep(self) -> None:
        self.kept.write_text(Checkpoint.objects.newest_first()[0].note, encoding="utf-8")

    def consistency(self) -> int:
        return standalone_verifier.main(["consistency", "--old", str(self.kept), "--url", self.url, "--key", self.key])

    def whole_log(self) -> int:
        return standalone_verifier.main(["log", "--url", self.url, "--key", self.key])

    def test_the_whole_log_holds(self) -> None:
        assert self.whole_log() == 0

    def test_the_log_extends_what_was_kept(self) -> None:
        assert self.consistency() == 0
        self.keep()
        assert self.consistency() == 0, "and itself"

    def test_it_extends_the_empty_log(self) -> None:
        empty = TreeHead(settings.LOG_ORIGIN, 0, EMPTY_ROOT)
        self.kept.write_text(sign_checkpoint(empty, load_signer()), encoding="utf-8")
        assert self.consistency() == 0

    def test_another_past_is_found(self) -> None:
        other = TreeHead(settings.LOG_ORIGIN, 200, bytes(32))
        self.kept.write_text(sign_checkpoint(other, load_signer()), encoding="utf-8")
        assert self.consistency() == 1

    def test_a_log_that_shrank_is_found(self) -> None:
        longer = TreeHead(settings.LOG_ORIGIN, 5000, bytes(32))
        self.kept.write_text(sign_checkpoint(longer, load_signer()), encoding="utf-8")
        assert self.consistency() == 1

    def test_leaves_that_do_not_give_the_signed_root_are_found(self, database: Any) -> None:
        sequence()
        with database.connect() as owner:
            owner.execute("ALTER TABLE audit_tile DISABLE TRIGGER USER")
            owner.execute("UPDATE audit_tile SET hashes = overlay(hashes placing %s from 1)", [bytes(32)])
        assert self.whole_log() == 1
        assert self.consistency() == 1

    def test_a_log_that_cannot_be_reached_is_not_called_wrong(self) -> None:
        port = urlsplit(self.url).port
        self.url = f"http://127.0.0.1:{port}/nothing/here"
        assert self.whole_log() == 2
        self.url = "file:///etc/passwd"
        assert self.whole_log() == 2
