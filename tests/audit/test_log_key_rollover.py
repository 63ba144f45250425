"""A new key comes into use beside the old one, the old one goes, and what each signed in its time stays good."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from audit import standalone_verifier
from audit.durable_file import replace_file
from audit.models import Checkpoint, LogHead, Record
from audit.roles import SEQUENCER
from audit.services.verify import verify_log
from audit.signing.checkpoint import TreeHead, open_checkpoint, sign_checkpoint
from audit.signing.log_key import load_verifier, verifier_file
from audit.signing.signed_note import NoteError, Signer, read_signer
from audit.tree.inclusion import prove_entry
from audit.tree.merkle import EMPTY_ROOT
from tests.audit.log import grow, sequence, signed_in_as


def key_file() -> Path:
    return Path(settings.LOG_SIGNING_KEY_FILE)


def run(command: str, *arguments: str) -> str:
    """Run a command as whom the sequencer runs as."""
    out = StringIO()
    with signed_in_as(SEQUENCER):
        call_command(command, *arguments, stdout=out)
    return out.getvalue().strip()


def rotate() -> str:
    return run("create_log_key", "--rotate")


def retire() -> str:
    return run("retire_log_key")


def newest() -> Checkpoint:
    return Checkpoint.objects.newest_first()[0]


def signatures(checkpoint: Checkpoint) -> int:
    return checkpoint.note.partition("\n\n")[2].count("\n")


def old_signer() -> Signer:
    """The key of now, as a thief takes it along."""
    return read_signer(key_file().read_text(encoding="utf-8").splitlines()[0])


@pytest.mark.usefixtures("either_db")
class TestRollover:
    def test_both_sign_until_the_old_one_goes(self) -> None:
        grow(3)
        first = load_verifier().current
        made = rotate()
        assert str(load_verifier()) == made != str(first)
        grow(2)
        assert signatures(newest()) == 2
        assert open_checkpoint(newest().note, first).size == 5, "who has the old key only reads on"
        assert open_checkpoint(newest().note, load_verifier().current).size == 5
        assert retire() == f"{first} until 5"
        grow(1)
        assert signatures(newest()) == 1
        with pytest.raises(NoteError, match="no key that we know"):
            open_checkpoint(newest().note, first)
        lines = verifier_file(key_file()).read_text(encoding="utf-8").splitlines()
        assert lines == [f"{first} until 5", f"{made} from 4"]

    def test_everything_that_was_signed_before_still_verifies(self) -> None:
        for _ in range(2):
            grow(2)
            rotate()
            grow(2)
            retire()
        grow(1)
        assert verify_log(verifier=load_verifier()).discrepancy is None
        for checkpoint in Checkpoint.objects.all():
            assert open_checkpoint(checkpoint.note, load_verifier()).size == checkpoint.size

    def test_the_sequencer_goes_on_from_what_the_old_key_signed(self) -> None:
        """The last checkpoint outside the database is of the key before."""
        grow(2)
        rotate()
        retire()
        grow(1)
        assert newest().size == 3

    def test_it_begins_before_the_first_checkpoint_too(self) -> None:
        rotate()
        sequence()
        assert newest().size == 0
        assert signatures(newest()) == 2
        assert open_checkpoint(newest().note, load_verifier()).root == EMPTY_ROOT

    def test_no_third_key_comes_while_two_sign(self) -> None:
        rotate()
        before = key_file().read_text(encoding="utf-8")
        with pytest.raises(CommandError, match="retire_log_key"):
            rotate()
        assert key_file().read_text(encoding="utf-8") == before

    def test_the_only_key_cannot_go(self) -> None:
        before = key_file().read_text(encoding="utf-8")
        with pytest.raises(CommandError, match="--rotate"):
            retire()
        with pytest.raises(CommandError, match="only the ML-DSA-44 line can end"):
            run("retire_log_key", "--end")
        assert key_file().read_text(encoding="utf-8") == before

    def test_the_files_stay_as_private_as_they_were(self) -> None:
        rotate()
        retire()
        assert key_file().stat().st_mode & 0o777 == 0o600
        assert "PRIVATE" not in verifier_file(key_file()).read_text(encoding="utf-8")
        assert {file.name for file in key_file().parent.iterdir() if "signing-key." in file.name[1:]} <= {
            "log-signing-key.pub",
            "receipt-signing-key.pub",
        }

    def test_without_a_log_there_is_nothing_to_count_from(self) -> None:
        file, public = key_file(), verifier_file(key_file())
        file.unlink()
        public.unlink()
        with pytest.raises(CommandError, match="create_log_key"):
            rotate()
        assert not file.exists()


@pytest.mark.usefixtures("committed_db")
class TestPowerCut:
    """The power goes between the two files. Asking again ends what was begun, and the log never stops."""

    @pytest.fixture
    def cut_before(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        def cut(suffix: str) -> None:
            def replace(file: Path, text: str) -> None:
                if file.name.endswith(suffix):
                    monkeypatch.undo()
                    raise OSError("the power went")
                replace_file(file, text)

            monkeypatch.setattr("audit.signing.log_key.replace_file", replace)

        return cut

    def test_a_key_that_was_made_half_is_published_later(self, cut_before: Callable[[str], None]) -> None:
        grow(1)
        cut_before(".pub")
        with pytest.raises(OSError, match="power"):
            rotate()
        grow(1)
        assert newest().size == 2
        assert signatures(newest()) == 2, "the new key signs, and nobody knows it yet"
        assert verify_log(verifier=load_verifier()).discrepancy is None
        made = rotate()
        assert len(key_file().read_text(encoding="utf-8").splitlines()) == 2
        grow(1)
        assert str(load_verifier()) == made
        assert verify_log(verifier=load_verifier()).discrepancy is None

    def test_a_key_that_went_half_is_gone_later(self, cut_before: Callable[[str], None]) -> None:
        rotate()
        grow(1)
        cut_before("signing-key")
        with pytest.raises(OSError, match="power"):
            retire()
        grow(1)
        assert signatures(newest()) == 1, "a key that is retired signs no more, wherever it still is"
        retire()
        assert len(key_file().read_text(encoding="utf-8").splitlines()) == 1
        assert verify_log(verifier=load_verifier()).discrepancy is None


class TestStolenOldKey:
    """Who has the retired key can sign, and it counts for nothing."""

    def forge(self, size: int, root: bytes = bytes(32)) -> str:
        return sign_checkpoint(TreeHead(settings.LOG_ORIGIN, size, root), self.stolen)

    @pytest.fixture(autouse=True)
    def _stolen(self, committed_db: object) -> None:
        grow(2)
        self.stolen = old_signer()
        rotate()
        retire()
        grow(1)

    def test_it_cannot_carry_the_log_on(self) -> None:
        for size in (3, 4, 10**9):
            with pytest.raises(NoteError, match="no Ed25519 signature by a key that the log used at that size"):
                open_checkpoint(self.forge(size), load_verifier())

    def test_a_rewritten_past_does_not_verify(self) -> None:
        """The old key was good for two leaves: only the leaves themselves tell that it signed others."""
        forged = self.forge(2)
        assert open_checkpoint(forged, load_verifier()).size == 2
        kept = [open_checkpoint(forged, load_verifier())]
        discrepancy = verify_log(verifier=load_verifier(), kept=kept).discrepancy
        assert discrepancy is not None
        assert "kept checkpoint over 2 leaves" in str(discrepancy)

    def test_the_sequencer_takes_no_word_of_it(self) -> None:
        file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
        file.write_text(self.forge(50))
        with pytest.raises(Exception, match="no Ed25519 signature"):
            grow(1)
        assert LogHead.objects.get().size == 3


@pytest.mark.usefixtures("committed_db")
class TestMlDsa:
    def test_the_line_is_added_and_ends(self) -> None:
        grow(1)
        made = run("create_log_key", "--ml-dsa")
        grow(1)
        assert signatures(newest()) == 2
        assert [key.algorithm for key in load_verifier().keys] == ["Ed25519", "ML-DSA-44"]
        assert load_verifier().keys[1].first_size == 2
        assert open_checkpoint(newest().note, load_verifier()).size == 2
        assert open_checkpoint(newest().note, load_verifier().current).size == 2, "who has no key for it reads on"
        assert run("retire_log_key", "--ml-dsa", "--end") == f"{made} from 2 until 2"
        grow(1)
        assert signatures(newest()) == 1
        assert verify_log(verifier=load_verifier()).discrepancy is None

    def test_a_checkpoint_that_lacks_it_is_refused(self) -> None:
        run("create_log_key", "--ml-dsa")
        grow(1)
        note = newest().note
        stripped = note[: note.rindex("\N{EM DASH}")]
        assert open_checkpoint(stripped, load_verifier().current).size == 1
        with pytest.raises(NoteError, match="no ML-DSA-44 signature"):
            open_checkpoint(stripped, load_verifier())

    def test_it_has_a_rollover_of_its_own(self) -> None:
        run("create_log_key", "--ml-dsa")
        with pytest.raises(CommandError, match="--ml-dsa --rotate"):
            run("create_log_key", "--ml-dsa")
        with pytest.raises(CommandError, match="--rotate"):
            run("retire_log_key", "--ml-dsa")
        grow(1)
        run("create_log_key", "--ml-dsa", "--rotate")
        grow(1)
        assert signatures(newest()) == 3
        run("retire_log_key", "--ml-dsa")
        grow(1)
        assert signatures(newest()) == 2
        assert verify_log(verifier=load_verifier()).discrepancy is None


class TestStandaloneVerifier:
    @pytest.fixture(autouse=True)
    def _log(self, committed_db: object, tmp_path: Path, client: Client) -> None:
        self.folder = tmp_path
        self.first = grow(3)[0]
        self.old_proof = self.proof("old")
        self.old_key = str(load_verifier())
        run("create_log_key", "--ml-dsa")
        rotate()
        grow(1)
        retire()
        grow(1)
        self.keys = tmp_path / "keys.txt"
        self.keys.write_bytes(client.get("/audit/log/keys.txt").content)

    def proof(self, name: str) -> Path:
        file = self.folder / name
        file.write_text(prove_entry(Record.objects.get(entry_id=self.first.id)).to_tlog_proof(), encoding="utf-8")
        return file

    def check(self, proof: Path, *keys: str) -> int:
        given = [argument for key in keys for argument in ("--key", key)]
        return standalone_verifier.main(["proof", str(proof), *given])

    def test_it_reads_the_published_keys(self) -> None:
        assert self.check(self.proof("new"), str(self.keys)) == 0

    def test_keys_can_be_given_one_by_one(self) -> None:
        given = self.keys.read_text(encoding="utf-8").splitlines()
        assert self.check(self.proof("new"), *given) == 0
        assert self.check(self.proof("new"), given[-1]) == 0
        assert self.check(self.proof("new"), given[0]) == 1

    def test_a_retired_key_alone_shows_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.check(self.old_proof, self.old_key) == 0, "who knows no better"
        assert self.check(self.old_proof, str(self.keys)) == 2
        assert "Give --url" in capsys.readouterr().out

    def test_what_a_retired_key_signs_afterwards_does_not_hold(self) -> None:
        """Also with the ML-DSA-44 line that the thief cannot make left out."""
        given = self.keys.read_text(encoding="utf-8").splitlines()
        proof = self.proof("new").read_text(encoding="utf-8")
        forged = self.folder / "forged"
        forged.write_text(proof[: proof.rindex("\N{EM DASH}")], encoding="utf-8")
        assert self.check(forged, str(self.keys)) == 1
        assert self.check(forged, given[-1]) == 0, "who does not have the ML-DSA-44 key asks for no such line"

    def test_a_changed_ml_dsa_line_does_not_hold(self) -> None:
        proof = self.proof("new").read_text(encoding="utf-8")
        at = len(proof) - 200
        changed = self.folder / "changed"
        changed.write_text(proof[:at] + ("A" if proof[at] != "A" else "B") + proof[at + 1 :], encoding="utf-8")
        assert self.check(changed, str(self.keys)) == 1

    def test_where_ml_dsa_cannot_be_checked_it_says_so(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(standalone_verifier, "MLDSA44PublicKey", None)
        assert self.check(self.proof("new"), str(self.keys)) == 0
        assert "ML-DSA-44 is not checked" in capsys.readouterr().err
        ml_dsa = next(key for key in load_verifier().keys if key.algorithm == "ML-DSA-44")
        assert self.check(self.proof("new"), str(ml_dsa)) == 2

    def test_lines_that_are_no_keys_are_refused(self) -> None:
        self.keys.write_text(self.old_key + " since 3\n", encoding="utf-8")
        assert self.check(self.old_proof, str(self.keys)) == 2
