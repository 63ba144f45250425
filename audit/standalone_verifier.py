#!/usr/bin/env python3
"""Check the audit log of a Deelwijs service without trusting it.

This one file needs Python 3.11 and the package `cryptography`, and shares no code with the service: take it away, read
it, run it anywhere. It follows RFC 9162 §2.1 and the C2SP formats signed-note, tlog-checkpoint, tlog-tiles and
tlog-proof.

    standalone_verifier.py proof FILE --key KEY
        An entry stands in the log: its text gives the leaf, the leaf is in the tree, the log signed the tree.
        FILE is what `/api/v1/entries/<id>/proof` answers, as JSON or as a tlog-proof file.

    standalone_verifier.py promise FILE --promise-key KEYS [--proof PROOF --key KEY]
        The service signed that an entry would stand in the log by a moment, and with PROOF: it does. FILE is the
        promise that came with the data; KEYS is what /audit/log/promise-key answers.

    standalone_verifier.py consistency --old CHECKPOINT --url https://example.nl/audit/log --key KEY
        Nothing that stood in the log when CHECKPOINT was signed has been changed since.

    standalone_verifier.py log --url https://example.nl/audit/log --key KEY
        The leaves that the log publishes give the root that it signs.

KEY is the verifier key of the log (`name+id+base64`), or a file that holds it. Get it once, from a place that the
service does not control, and keep it. Ends with 0 if everything holds, 1 if something does not, 2 if it could not be
checked.
"""

import argparse
import base64
import datetime
import hashlib
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ENTRY_DOMAIN = b"deelwijs/audit/entry/v1\n"
PROMISE = "deelwijs/audit/promise/v1"
SALT_BYTES = 32
HASH_BYTES = 32
TILE_WIDTH = 256
ED25519 = 1
EM_DASH = "\u2014"


class DoesNotHold(Exception):
    """What the service says is not so."""


class CannotCheck(Exception):
    """Something is missing or unreadable, so nothing is shown either way."""


class Key(NamedTuple):
    name: str
    id: bytes
    public: Ed25519PublicKey


class Checkpoint(NamedTuple):
    size: int
    root: bytes


@dataclass(frozen=True)
class Proof:
    salt: bytes
    canonical: bytes
    index: int
    hashes: list[bytes]
    checkpoint: str
    claimed_size: int | None = None


# --- Keys, notes, checkpoints ------------------------------------------------------------------------------------


def read_key(text: str) -> Key:
    """Read `name+id+base64` and see that the id belongs to the rest."""
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        public = Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, IndexError):
        raise CannotCheck("the verifier key is not name+id+base64 with an Ed25519 key") from None
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if raw[0] != ED25519 or expected.hex() != key_id:
        raise CannotCheck("the id of the verifier key does not belong to it: part of the key is missing or wrong")
    return Key(name, expected, public)


def open_checkpoint(note: str, key: Key) -> Checkpoint:
    """Check the signature of the log under a checkpoint and read it. Other signatures are witnesses': passed over."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank:
        raise DoesNotHold("the checkpoint carries no signature")
    text += "\n"
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        blob = decode(encoded, "a signature")
        if dash == EM_DASH and name == key.name and blob[:4] == key.id:
            try:
                key.public.verify(blob[4:], text.encode())
            except InvalidSignature:
                raise DoesNotHold("the signature of the log under the checkpoint is wrong") from None
            break
    else:
        raise DoesNotHold(f"the checkpoint is not signed by {key.name}")
    origin, size, root, *_ = [*text.split("\n"), "", ""]
    if origin != key.name:
        raise DoesNotHold(f"the checkpoint is of the log {origin!r}, the key of {key.name!r}")
    if not (size.isascii() and size.isdigit()):
        raise DoesNotHold("the size in the checkpoint is no number")
    return Checkpoint(int(size), decode_hash(root, "the root in the checkpoint"))


def decode(text: str, what: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        raise DoesNotHold(f"{what} is not base64") from None
    if base64.b64encode(decoded).decode() != text:
        raise DoesNotHold(f"{what} is base64 with stray bits")
    return decoded


def decode_hash(text: str, what: str) -> bytes:
    decoded = decode(text, what)
    if len(decoded) != HASH_BYTES:
        raise DoesNotHold(f"{what} is no hash of {HASH_BYTES} bytes")
    return decoded


# --- The tree (RFC 9162 §2.1) ------------------------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by_inclusion(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """Compute the root from a leaf and its path, as RFC 9162 §2.1.3.2 writes it down."""
    if not 0 <= index < size:
        raise DoesNotHold(f"leaf {index} cannot be in a tree of {size} leaves")
    place, last, root = index, size - 1, leaf
    for sibling in hashes:
        if last == 0:
            raise DoesNotHold("the path is too long")
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise DoesNotHold("the path is too short")
    return root


class Leaves:
    """Grows a tree leaf by leaf: keeps the roots of the perfect subtrees, by their height."""

    def __init__(self) -> None:
        self.subtrees: list[tuple[int, bytes]] = []
        self.size = 0

    def add(self, root: bytes, height: int = 0) -> None:
        self.size += 1 << height
        while self.subtrees and self.subtrees[-1][0] == height:
            root = node_hash(self.subtrees.pop()[1], root)
            height += 1
        self.subtrees.append((height, root))

    def root(self) -> bytes:
        if not self.subtrees:
            return hashlib.sha256().digest()
        root = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            root = node_hash(left, root)
        return root


# --- Reading the published log (C2SP tlog-tiles) -----------------------------------------------------------------


class PublishedLog:
    def __init__(self, url: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise CannotCheck("the address of the log begins with https:// or http://")
        self.url = url.rstrip("/")

    def get(self, path: str) -> bytes:
        try:
            with urllib.request.urlopen(f"{self.url}/{path}", timeout=30) as answer:  # noqa: S310 checked above
                body: bytes = answer.read()
                return body
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise CannotCheck(f"{self.url}/{path} cannot be read: {error}") from None

    def checkpoint(self, key: Key) -> Checkpoint:
        return open_checkpoint(self.get("checkpoint").decode("utf-8", "replace"), key)

    def tile(self, level: int, number: int, width: int) -> list[bytes]:
        hashes = self.get(f"tile/{level}/{tile_path(number, width)}")
        if len(hashes) != width * HASH_BYTES:
            raise DoesNotHold(f"tile {level}/{number} has {len(hashes)} bytes, not {width * HASH_BYTES}")
        return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]

    def leaf_hashes(self, number: int, width: int) -> list[bytes]:
        """Fetch a tile of leaf hashes, and hold it against the leaves themselves in the entry bundle."""
        hashes = self.tile(0, number, width)
        if [leaf_hash(leaf) for leaf in unpack(self.get(f"tile/entries/{tile_path(number, width)}"))] != hashes:
            raise DoesNotHold(f"the leaves from {number * TILE_WIDTH} on are not those of their tile")
        return hashes

    def subtree_root(self, height: int, index: int, size: int) -> bytes:
        """Compute the root of a perfect subtree from the one tile of a tree of `size` leaves that holds its top."""
        level, rows = divmod(height, 8)
        first = index << rows
        number = first // TILE_WIDTH
        row = self.tile(level, number, min(TILE_WIDTH, (size >> 8 * level) - number * TILE_WIDTH))
        row = row[first % TILE_WIDTH :][: 1 << rows]
        while len(row) > 1:
            row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        return row[0]


def tile_path(number: int, width: int) -> str:
    groups: list[str] = []
    while True:
        number, group = divmod(number, 1000)
        groups.append(f"x{group:03}" if groups else f"{group:03}")
        if not number:
            break
    return "/".join(reversed(groups)) + ("" if width == TILE_WIDTH else f".p/{width}")


def unpack(bundle: bytes) -> list[bytes]:
    leaves, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        leaves.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    return leaves


def subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """Split the leaves from start to end into perfect subtrees, left to right, each as (height, index)."""
    split = []
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        split.append((height, start >> height))
        start += 1 << height
    return split


# --- The checks -------------------------------------------------------------------------------------------------


def read_proof(text: str) -> Proof:
    try:
        return read_text_proof(text) if text.startswith("c2sp.org/tlog-proof@v1\n") else read_json_proof(text)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DoesNotHold("the proof is neither the JSON of the service nor a tlog-proof file") from None


def read_text_proof(text: str) -> Proof:
    head, _, checkpoint = text.partition("\n\n")
    _, extra, index, *hashes = head.split("\n")
    if not extra.startswith("extra ") or not index.startswith("index "):
        raise CannotCheck("the proof file does not hold the entry in its extra data")
    entry = decode(extra.removeprefix("extra "), "the extra data")
    return Proof(
        salt=entry[:SALT_BYTES],
        canonical=entry[SALT_BYTES:],
        index=int(index.removeprefix("index ")),
        hashes=[decode_hash(one, "a hash of the proof") for one in hashes],
        checkpoint=checkpoint,
    )


def read_json_proof(text: str) -> Proof:
    proof = json.loads(text)
    read = Proof(
        salt=decode(proof["salt"], "the salt"),
        canonical=decode(proof["canonical"], "the entry"),
        index=proof["leafIndex"],
        hashes=[decode_hash(one, "a hash of the proof") for one in proof["hashes"]],
        checkpoint=proof["checkpoint"],
        claimed_size=proof["treeSize"],
    )
    # What stands beside the proof proves nothing; it must not tell another story either.
    if json.loads(read.canonical)["id"] != proof["entryId"]:
        raise DoesNotHold("the proof names another entry than the one that it holds")
    if type(read.index) is not int:
        raise DoesNotHold("the place of the leaf is no number")
    return read


def check_proof(text: str, key: Key, say: Callable[[str], None]) -> None:
    proof = read_proof(text)
    if len(proof.salt) != SALT_BYTES:
        raise DoesNotHold(f"the salt is not {SALT_BYTES} bytes")
    checkpoint = open_checkpoint(proof.checkpoint, key)
    if proof.claimed_size not in (None, checkpoint.size):
        raise DoesNotHold("the proof names another size than its checkpoint")
    say(f"{key.name} signed a tree of {checkpoint.size:,} leaves")
    commitment = hashlib.sha256(ENTRY_DOMAIN + proof.salt + proof.canonical).digest()
    if root_by_inclusion(leaf_hash(commitment), proof.index, checkpoint.size, proof.hashes) != checkpoint.root:
        raise DoesNotHold("the entry is not in the tree that the log signed: entry, salt or path were changed")
    say(f"this entry is leaf {proof.index:,} of it:")
    say(proof.canonical.decode("utf-8", "replace"))


def check_promise(note: str, keys: list[Key], proof: str | None, key: Key | None, say: Callable[[str], None]) -> None:
    """Check who signed the promise and, given a proof, that the promised entry came to stand in the log."""
    text, _, signature = note.rpartition("\n\n")
    text += "\n"
    dash, name, encoded = [*signature.removesuffix("\n").split(" "), "", ""][:3]
    blob = decode(encoded, "the signature")
    signer = next((one for one in keys if dash == EM_DASH and (one.name, one.id) == (name, blob[:4])), None)
    if signer is None:
        raise DoesNotHold("the promise is not signed with any of these keys")
    try:
        signer.public.verify(blob[4:], text.encode())
    except InvalidSignature:
        raise DoesNotHold("the signature under the promise is wrong") from None
    lines = [line.split(" ", 1) for line in text.splitlines()[1:]]
    if not text.startswith(f"{PROMISE}\n") or [line[0] for line in lines] != ["log", "entry", "leaf", "at", "within"]:
        raise DoesNotHold("what was signed is no promise")
    origin, entry, leaf, at, within = (line[1] for line in lines)
    if signer.name != f"{origin}/promise":
        raise DoesNotHold(f"the promise is about the log {origin!r}, the key of {signer.name!r}")
    due = datetime.datetime.fromisoformat(at) + datetime.timedelta(seconds=int(within))
    say(f"{signer.name} promised: entry {entry} stands in the log {origin} by {due.isoformat()}")
    if proof is None or key is None:
        say("give a proof of that entry as well, to see that it was kept; without one after that moment, it was not")
        return
    if key.name != origin:
        raise CannotCheck(f"the promise is about the log {origin!r}, the key is of {key.name!r}")
    check_proof(proof, key, say)
    proven = read_proof(proof)
    if leaf_hash(hashlib.sha256(ENTRY_DOMAIN + proven.salt + proven.canonical).digest()) != decode_hash(
        leaf, "the leaf"
    ):
        raise DoesNotHold("the proof is of another entry than the promise")
    say("it is the promised entry")


def check_consistency(old_note: str, log: PublishedLog, key: Key, say: Callable[[str], None]) -> None:
    old, new = open_checkpoint(old_note, key), log.checkpoint(key)
    say(f"kept: a tree of {old.size:,} leaves; published: one of {new.size:,}")
    if new.size < old.size:
        raise DoesNotHold(f"the log shrank from {old.size} to {new.size} leaves")
    # Both roots from the same subtrees: had an old leaf changed, the old root could not come out.
    tree = Leaves()
    for height, index in subtrees(0, old.size):
        tree.add(log.subtree_root(height, index, new.size), height)
    if tree.root() != old.root:
        raise DoesNotHold(f"the first {old.size} leaves are not those that the log signed then: it was rewritten")
    for height, index in subtrees(old.size, new.size):
        tree.add(log.subtree_root(height, index, new.size), height)
    if tree.root() != new.root:
        raise DoesNotHold("the leaves that the log publishes do not give the root that it signs")
    say(f"the first {old.size:,} leaves are what they were")


def check_log(log: PublishedLog, key: Key, say: Callable[[str], None]) -> None:
    checkpoint = log.checkpoint(key)
    say(f"{key.name} signed a tree of {checkpoint.size:,} leaves")
    tree = Leaves()
    for number in range(-(-checkpoint.size // TILE_WIDTH)):
        for one in log.leaf_hashes(number, min(TILE_WIDTH, checkpoint.size - number * TILE_WIDTH)):
            tree.add(one)
        if number % 64 == 63:
            say(f"{tree.size:,} of {checkpoint.size:,} leaves")
    if tree.root() != checkpoint.root:
        raise DoesNotHold("the leaves that the log publishes do not give the root that it signs")
    say("its leaves give the root that is signed")


# --- On the command line -----------------------------------------------------------------------------------------


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checks = parser.add_subparsers(dest="check", required=True)
    proof = checks.add_parser("proof", help="an entry stands in the log")
    proof.add_argument("file", type=Path, help="a proof as JSON or as a tlog-proof file")
    promise = checks.add_parser("promise", help="the service promised an entry, and kept its promise")
    promise.add_argument("file", type=Path, help="the promise")
    promise.add_argument("--promise-key", required=True, help="the keys of promises, or a file that holds them")
    promise.add_argument("--proof", type=Path, help="a proof of the entry, as JSON or as a tlog-proof file")
    promise.add_argument("--key", help="with --proof: the verifier key of the log, or a file that holds it")
    consistency = checks.add_parser("consistency", help="nothing was changed since a checkpoint that you kept")
    consistency.add_argument("--old", type=Path, required=True, help="a file with the checkpoint that you kept")
    whole = checks.add_parser("log", help="the published leaves give the signed root")
    for check in (consistency, whole):
        check.add_argument("--url", required=True, help="where the log is published: …/audit/log")
    for check in (proof, consistency, whole):
        check.add_argument("--key", required=True, help="the verifier key of the log, or a file that holds it")
    return parser


def read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotCheck(f"{path} cannot be read: {error}") from None


def text_of(given: str) -> str:
    """Read what is a key itself, or names a file that holds it."""
    return given if "+" in given else read_file(Path(given))


def main(argv: list[str] | None = None) -> int:
    given = arguments().parse_args(argv)

    def say(text: str) -> None:
        print(text, file=sys.stderr)  # noqa: T201

    try:
        if given.check == "promise":
            if (given.proof is None) != (given.key is None):
                raise CannotCheck("give --proof and --key together")
            keys = [read_key(line) for line in text_of(given.promise_key).split()]
            proof = read_file(given.proof) if given.proof else None
            check_promise(read_file(given.file), keys, proof, read_key(text_of(given.key)) if proof else None, say)
            print("HOLDS")  # noqa: T201
            return 0
        key = read_key(text_of(given.key))
        match given.check:
            case "proof":
                check_proof(read_file(given.file), key, say)
            case "consistency":
                check_consistency(read_file(given.old), PublishedLog(given.url), key, say)
            case "log":
                check_log(PublishedLog(given.url), key, say)
    except DoesNotHold as failure:
        print(f"DOES NOT HOLD: {failure}")  # noqa: T201
        return 1
    except CannotCheck as failure:
        print(f"CANNOT CHECK: {failure}")  # noqa: T201
        return 2
    print("HOLDS")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
