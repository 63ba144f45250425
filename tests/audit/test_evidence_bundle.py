"""An evidence bundle convinces who has nothing but Python, and every change to it is noticed."""

import hashlib
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import Client

from audit import standalone_verifier
from audit.evidence.evidence_key import EvidenceKeyUnusable, create_evidence_key, load_evidence_signer
from audit.evidence.stored_zip import StoredZip
from audit.models import Checkpoint
from audit.search.filters import EntryFilters
from audit.services.export import make_export
from audit.signing.log_key import load_verifier
from audit.signing.signed_note import generate_signer
from tests.audit.conftest import LookAs
from tests.audit.exporting import PROGRAM, ask, made, without_packages
from tests.audit.log import MUNICIPALITY, append, grow, sequence


class Given:
    """A folder with a bundle of two of some entries, made when the log had grown on."""

    def __init__(self, folder: Path) -> None:
        grow(30)
        append(2, case="evidence")
        sequence()
        grow(20)
        self.content = made("bundle", filters=EntryFilters(case="evidence"))
        self.file = folder / "bundle.zip"
        self.file.write_bytes(self.content)
        self.key = str(load_verifier())
        self.seal = str(load_evidence_signer().verifier)

    @property
    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def check(self, content: bytes | None = None, *, key: str = "", seal: str = "") -> int:
        self.file.write_bytes(self.content if content is None else content)
        given = ["bundle", str(self.file), "--key", key or self.key, "--evidence-key", seal or self.seal]
        return standalone_verifier.main(given)

    def sealed_again(self, files: dict[str, bytes], seal: bool = True) -> bytes:
        """Build a bundle of other files, sealed by the real key: what one who stole it could do."""
        head = self.files["MANIFEST"].decode().partition("\n\n")[0]
        lines = [
            f"{hashlib.sha256(content).hexdigest()} {len(content)} {name}"
            for name, content in files.items()
            if name != "MANIFEST"
        ]
        note = load_evidence_signer().sign("\n".join([head, "", *lines]) + "\n")
        written = io.BytesIO()
        archive = StoredZip(written)
        for name, content in files.items():
            if name != "MANIFEST":
                archive.add(name, content)
        archive.add("MANIFEST", note.encode() if seal else files["MANIFEST"])
        archive.end()
        return written.getvalue()


@pytest.fixture
def given(committed_db: object, look_as: LookAs, tmp_path: Path) -> Given:
    return Given(tmp_path)


def test_a_bare_python_outside_the_project_verifies_it(given: Given, tmp_path: Path) -> None:
    """With the program that lies in the bundle, without a package, and with the keys from elsewhere."""
    program = tmp_path / "elsewhere" / "standalone_verifier.py"
    program.parent.mkdir()
    program.write_bytes(given.files["standalone_verifier.py"])
    arguments = ["bundle", str(given.file), "--key", given.key]
    honest = without_packages(program, *arguments, "--evidence-key", given.seal)
    assert (honest.returncode, honest.stdout) == (0, "HOLDS\n"), honest.stderr
    assert "the log only grew from 32 to" in honest.stderr
    assert "2 entries stand in that tree" in honest.stderr
    assert "by the key that you gave" in honest.stderr
    without_seal = without_packages(program, *arguments)
    assert without_seal.returncode == 0
    assert "by the key in the bundle itself" in without_seal.stderr
    other = str(generate_signer(settings.LOG_ORIGIN).verifier)
    assert without_packages(program, "bundle", str(given.file), "--key", other).returncode == 1
    given.file.write_bytes(given.content.replace(b'"case":"evidence"', b'"case":"evidense"'))
    forged = without_packages(program, *arguments)
    assert (forged.returncode, forged.stdout) == (
        1,
        "DOES NOT HOLD: the ZIP file is damaged: Bad CRC-32 for file " + forged.stdout.split("for file ")[-1],
    )


def test_what_is_in_it(given: Given) -> None:
    files = given.files
    places = sorted(name[8:20] for name in files if name.startswith("entries/"))
    assert places == ["000000000030", "000000000031"]
    newest = Checkpoint.objects.newest_published()
    assert newest is not None
    assert files[f"checkpoints/{newest.size}"] == newest.note.encode()
    assert {name for name in files if "/" not in name} == {
        "README.nl.txt",
        "README.en.txt",
        "standalone_verifier.py",
        "search.json",
        "MANIFEST",
    }
    assert files["keys/log"].decode().strip() == given.key
    assert files["standalone_verifier.py"] == PROGRAM.read_bytes()
    assert MUNICIPALITY.encode() in files["search.json"]
    # Neither who acted nor who asked.
    assert b"Daan" not in given.content
    assert b"Hanna" not in given.content
    # Anybody's program reads it.
    with zipfile.ZipFile(io.BytesIO(given.content)) as archive:
        assert archive.testzip() is None


def test_each_byte_counts(given: Given) -> None:
    """Wherever a bit is turned, in a file, in a name, in the headers around them: it is noticed."""
    chosen = random.Random(4).sample(range(len(given.content)), 150)
    central = given.content.index(b"PK\x01\x02")
    for place in [
        *chosen,
        *range(30),
        *range(central, central + 60),
        *range(len(given.content) - 22, len(given.content)),
    ]:
        changed = bytearray(given.content)
        changed[place] ^= 1
        assert given.check(bytes(changed)) == 1, f"byte {place} of {len(changed)}"
    assert given.check(given.content + b"x") == 1
    assert given.check(b"x" + given.content) == 1
    assert given.check(given.content[:-1]) == 1
    assert given.check(b"") == 1


def _without(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {other: content for other, content in files.items() if not other.startswith(name)}


def _with(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {
        other: change(content) if other.startswith(name) else content for other, content in files.items()
    }


FORGERIES: list[Callable[[dict[str, bytes]], dict[str, bytes]]] = [
    _without("checkpoints/"),
    _without("consistency/"),
    _without("proofs/000000000031"),
    _without("entries/000000000031"),
    _with("entries/000000000030", lambda content: content.replace(b"allowed", b"refused")),
    _with("proofs/000000000030", lambda content: content.replace(b"index 30", b"index 31")),
    _with("consistency/", lambda content: content.replace(b"old 32", b"old 31")),
    _with("checkpoints/32", lambda content: content.replace(b"\n32\n", b"\n31\n")),
    lambda files: {**files, "checkpoints/999": files["checkpoints/32"]},
    lambda files: {**files, "timestamps/32.tsr": b"about something else"},
    lambda files: {**files, "entries/000000000007.json": files["entries/000000000030.json"]},
]


def test_who_stole_the_key_of_the_seal_forges_no_entry(given: Given, subtests: pytest.Subtests) -> None:
    for number, change in enumerate(FORGERIES):
        with subtests.test(number=number):
            changed = change(dict(given.files))
            assert changed != given.files
            assert given.check(given.sealed_again(changed)) == 1


def test_sealing_the_same_again_is_no_change(given: Given) -> None:
    assert given.sealed_again(given.files) == given.content
    assert given.check(given.sealed_again({**given.files, "extra": b"x"}, seal=False)) == 1
    renamed = {name.replace("README.nl", "README.de"): content for name, content in given.files.items()}
    assert given.check(given.sealed_again(renamed, seal=False)) == 1


def test_a_timestamp_is_about_the_checkpoint_as_the_log_signed_it(given: Given) -> None:
    """A witness signs later; its line changes neither what was stamped nor what holds."""
    files = given.files
    manifest = files.pop("MANIFEST")
    files["timestamps/32.tsr"] = b"\x30" + hashlib.sha256(files["checkpoints/32"]).digest()
    assert given.check(given.sealed_again({**files, "MANIFEST": manifest})) == 0
    witness = generate_signer("witness.example").sign("something\n").splitlines()[-1]
    files["checkpoints/32"] += f"{witness}\n".encode()
    assert given.check(given.sealed_again({**files, "MANIFEST": manifest})) == 0


def test_another_seal_is_not_ours(given: Given) -> None:
    other = generate_signer(load_evidence_signer().name)
    assert given.check(seal=str(other.verifier)) == 1
    assert given.check(key=str(other.verifier)) == 1


def test_a_missing_file_cannot_be_checked(given: Given, tmp_path: Path) -> None:
    assert standalone_verifier.main(["bundle", str(tmp_path / "nothing"), "--key", given.key]) == 2


def test_a_log_that_did_not_grow_needs_no_second_checkpoint(
    committed_db: object, look_as: LookAs, tmp_path: Path
) -> None:
    grow(4)
    file = tmp_path / "bundle.zip"
    file.write_bytes(made("bundle"))
    with zipfile.ZipFile(file) as archive:
        assert [name for name in archive.namelist() if name.startswith(("checkpoints/", "consistency/"))] == [
            "checkpoints/4"
        ]
    assert standalone_verifier.main(["bundle", str(file), "--key", str(load_verifier())]) == 0


class TestKey:
    def test_the_public_half_is_for_everybody(self, db: None, client: Client) -> None:
        answer = client.get("/audit/log/evidence-key")
        assert answer.content.decode().strip() == str(load_evidence_signer().verifier)
        assert "PRIVATE" not in answer.content.decode()

    def test_it_is_never_overwritten(self, tmp_path: Path) -> None:
        create_evidence_key(tmp_path / "key")
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        with pytest.raises(FileExistsError):
            create_evidence_key(tmp_path / "key")

    def test_without_it_no_bundle_is_made(self, committed_db: object, look_as: LookAs) -> None:
        grow(1)
        export = ask("bundle")
        Path(settings.EVIDENCE_KEY_FILE).unlink()
        with pytest.raises(EvidenceKeyUnusable) as refused:
            make_export(export_id=export.pk)
        assert "create_evidence_key" in str(refused.value.detail)


class TestEd25519:
    """Without packages the verifier checks signatures itself: it agrees with the library on every one of them."""

    def key(self) -> type:
        source = PROGRAM.read_text(encoding="utf-8").replace("from cryptography", "from no_such_package")
        found: dict[str, object] = {"__name__": "bare"}
        exec(compile(source, "bare", "exec"), found)  # noqa: S102  our own file, as it runs without packages
        self.invalid: type[Exception] = found["InvalidSignature"]  # type: ignore[assignment]
        return found["Ed25519PublicKey"]  # type: ignore[return-value]

    def test_it_agrees_with_the_library(self) -> None:
        bare = self.key()
        generate = random.Random(8)
        for _round in range(8):
            private = Ed25519PrivateKey.from_private_bytes(generate.randbytes(32))
            public = private.public_key().public_bytes_raw()
            data = generate.randbytes(100)
            signature = private.sign(data)
            bare.from_public_bytes(public).verify(signature, data)  # type: ignore[attr-defined]
            order = bare.order  # type: ignore[attr-defined]
            too_large = int.from_bytes(signature[32:], "little") + order
            for wrong in (
                bytes([signature[0] ^ 1]) + signature[1:],
                signature[:40] + bytes([signature[40] ^ 1]) + signature[41:],
                signature[:32] + too_large.to_bytes(32, "little"),
                signature[:-1],
                bytes(64),
            ):
                with pytest.raises(self.invalid):
                    bare.from_public_bytes(public).verify(wrong, data)  # type: ignore[attr-defined]
                with pytest.raises(InvalidSignature):
                    private.public_key().verify(wrong, data)
            with pytest.raises(self.invalid):
                bare.from_public_bytes(public).verify(signature, data + b"x")  # type: ignore[attr-defined]

    def test_what_is_no_point_is_no_key(self) -> None:
        bare = self.key()
        for encoded in (b"", b"\xff" * 32, (2).to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little")):
            with pytest.raises(ValueError, match=r"point|32 bytes"):
                bare.from_public_bytes(encoded)  # type: ignore[attr-defined]
