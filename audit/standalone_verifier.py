#!/usr/bin/env python3
"""Check the audit log of a Deelwijs service without trusting it.

This one file needs Python 3.11 and shares no code with the service: take it away, read it, run it anywhere. Where there
is no package `cryptography` it checks Ed25519 signatures itself, which is slower and just as strict. It follows
RFC 9162 §2.1 and the C2SP formats signed-note, tlog-checkpoint, tlog-tiles and tlog-proof.

    standalone_verifier.py proof FILE --key KEY
        An entry stands in the log: its text gives the leaf, the leaf is in the tree, the log signed the tree.
        FILE is what `/api/v1/entries/<id>/proof` answers, as JSON or as a tlog-proof file.

    standalone_verifier.py consistency --old CHECKPOINT --url https://example.nl/audit/log --key KEY
        Nothing that stood in the log when CHECKPOINT was signed has been changed since.

    standalone_verifier.py log --url https://example.nl/audit/log --key KEY
        The leaves that the log publishes give the root that it signs.

    standalone_verifier.py bundle FILE.zip --key KEY [--evidence-key KEY]
        An evidence bundle is as it was sealed, and every entry in it stands in the log. Needs no network.

KEY is the verifier key of the log (`name+id+base64`), or a file that holds it. Get it once, from a place that the
service does not control, and keep it. Ends with 0 if everything holds, 1 if something does not, 2 if it could not be
checked.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import struct
import sys
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # a bare Python: the class below does the same by RFC 8032 §5.1.7

    class InvalidSignature(Exception):  # type: ignore[no-redef]
        pass

    class Ed25519PublicKey:  # type: ignore[no-redef]
        """A public key on the curve edwards25519, in coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""

        p = 2**255 - 19
        order = 2**252 + 27742317777372353535851937790883648493
        d = -121665 * pow(121666, -1, p) % p
        base_y = 4 * pow(5, -1, p) % p

        def __init__(self, encoded: bytes) -> None:
            self.encoded = encoded
            self.point = self.decompress(encoded)

        @classmethod
        def from_public_bytes(cls, encoded: bytes) -> "Ed25519PublicKey":
            return cls(encoded)  # type: ignore[return-value]  # stands in for the class of that name

        @classmethod
        def decompress(cls, encoded: bytes) -> tuple[int, int, int, int]:
            """Find the x that belongs to a y (§5.1.3), or raise ValueError."""
            if len(encoded) != 32:
                raise ValueError("a point is 32 bytes")
            p = cls.p
            y = int.from_bytes(encoded, "little")
            sign, y = y >> 255, y & (1 << 255) - 1
            square = (y * y - 1) * pow(cls.d * y * y + 1, -1, p) % p
            x = pow(square, (p + 3) // 8, p)
            if x * x % p != square:
                x = x * pow(2, (p - 1) // 4, p) % p
            if y >= p or x * x % p != square or (x == 0 and sign):
                raise ValueError("not a point of the curve")
            x = p - x if x & 1 != sign else x
            return x, y, 1, x * y % p

        @classmethod
        def add(cls, one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
            p = cls.p
            a = (one[1] - one[0]) * (other[1] - other[0]) % p
            b = (one[1] + one[0]) * (other[1] + other[0]) % p
            c, d = 2 * one[3] * other[3] * cls.d % p, 2 * one[2] * other[2] % p
            e, f, g, h = b - a, d - c, d + c, b + a
            return e * f % p, g * h % p, f * g % p, e * h % p

        @classmethod
        def times(cls, number: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
            result = (0, 1, 1, 0)
            while number:
                if number & 1:
                    result = cls.add(result, point)
                point = cls.add(point, point)
                number >>= 1
            return result

        def verify(self, signature: bytes, data: bytes) -> None:
            first, s = signature[:32], int.from_bytes(signature[32:], "little")
            if len(signature) != 64 or s >= self.order:
                raise InvalidSignature
            digest = hashlib.sha512(first + self.encoded + data).digest()
            k = int.from_bytes(digest, "little") % self.order
            base = self.decompress(self.base_y.to_bytes(32, "little"))
            x, y, z, t = self.times(k, self.point)
            x, y, z, _ = self.add(self.times(s, base), (-x % self.p, y, z, -t % self.p))
            inverse = pow(z, -1, self.p)
            x, y = x * inverse % self.p, y * inverse % self.p
            if (y | (x & 1) << 255).to_bytes(32, "little") != first:
                raise InvalidSignature


ENTRY_DOMAIN = b"deelwijs/audit/entry/v1\n"
SALT_BYTES = 32
HASH_BYTES = 32
TILE_WIDTH = 256
ED25519 = 1
BUNDLE_HEADER = "deelwijs evidence bundle v1"
CONSISTENCY_HEADER = "deelwijs consistency proof v1"
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


# --- The three checks --------------------------------------------------------------------------------------------


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


# --- An evidence bundle ------------------------------------------------------------------------------------------


def check_bundle(path: Path, key: Key, evidence_key: Key | None, say: Callable[[str], None]) -> None:
    """Check the seal, then every entry against the checkpoints, and these against each other."""
    files = read_zip(path)
    sealed_by = read_key(text_of(files, "keys/evidence")) if evidence_key is None else evidence_key
    manifest = open_note(text_of(files, "MANIFEST"), sealed_by).split("\n")
    if manifest[0] != BUNDLE_HEADER:
        raise DoesNotHold("what was sealed is no evidence bundle that this program knows")
    blank = manifest.index("") if "" in manifest else 0
    facts = dict(line.partition(" ")[::2] for line in manifest[1:blank])
    check_files(files, [line for line in manifest[blank + 1 :] if line])
    if path.read_bytes() != stored_zip(files):
        raise DoesNotHold("there is something in the ZIP file beside its files: a byte was changed or added")
    whose = "the key that you gave" if evidence_key else "the key in the bundle itself"
    say(f"sealed at {facts.get('made')} by {sealed_by.name}, by {whose}: {len(files)} files as they were")

    checkpoints = {
        name: open_checkpoint(text_of(files, name), key) for name in files if name.startswith("checkpoints/")
    }
    if not checkpoints:
        raise DoesNotHold("the bundle holds no checkpoint")
    newest = max(checkpoints.values(), key=lambda checkpoint: checkpoint.size)
    for name, checkpoint in checkpoints.items():
        if name != f"checkpoints/{checkpoint.size}":
            raise DoesNotHold(f"{name} is a checkpoint over {checkpoint.size} leaves")
        if checkpoint.size < newest.size:
            check_consistency_proof(text_of(files, f"consistency/{checkpoint.size}-{newest.size}"), checkpoint, newest)
            say(f"the log only grew from {checkpoint.size:,} to {newest.size:,} leaves")
    say(f"{key.name} signed a tree of {newest.size:,} leaves")

    entries = [name.removeprefix("entries/").removesuffix(".json") for name in files if name.startswith("entries/")]
    for place in entries:
        check_bundled_entry(files, place, checkpoints, key)
    if str(len(entries)) != facts.get("entries"):
        raise DoesNotHold(f"the bundle says that it holds {facts.get('entries')} entries and holds {len(entries)}")
    for name in files:
        if name.startswith("timestamps/"):
            check_timestamp(files, name, say)
    say(f"{len(entries):,} entries stand in that tree")


def check_bundled_entry(files: dict[str, bytes], place: str, checkpoints: dict[str, Checkpoint], key: Key) -> None:
    """Check that an entry is the one in its proof, and that the proof is under one of the checkpoints in the bundle."""
    name = f"entries/{place}.json"
    proof = read_proof(text_of(files, f"proofs/{place}.tlog-proof"))
    if len(proof.salt) != SALT_BYTES or proof.canonical != files[name] or f"{proof.index:012}" != place:
        raise DoesNotHold(f"{name} is not the entry in its proof")
    checkpoint = next((one for at, one in checkpoints.items() if files[at] == proof.checkpoint.encode()), None)
    if checkpoint is None:
        # Not one of those whose signature was checked already.
        checkpoint = open_checkpoint(proof.checkpoint, key)
    leaf = leaf_hash(hashlib.sha256(ENTRY_DOMAIN + proof.salt + proof.canonical).digest())
    try:
        root = root_by_inclusion(leaf, proof.index, checkpoint.size, proof.hashes)
    except DoesNotHold as failure:
        raise DoesNotHold(f"{name}: {failure}") from None
    if root != checkpoint.root:
        raise DoesNotHold(f"{name} is not in the tree that the log signed: entry, salt or path were changed")


def check_consistency_proof(text: str, old: Checkpoint, new: Checkpoint) -> None:
    """Check that one tree begins with the other, as RFC 9162 §2.1.4.2 writes it down."""
    header, old_line, new_line, *lines = [*text.removesuffix("\n").split("\n"), "", ""]
    if (header, old_line, new_line) != (CONSISTENCY_HEADER, f"old {old.size}", f"size {new.size}"):
        raise DoesNotHold("a consistency proof is of other checkpoints than its name says")
    hashes = [decode_hash(line, "a hash of the consistency proof") for line in lines if line]
    if not 0 < old.size < new.size:
        raise DoesNotHold("a consistency proof leads from a smaller tree to a larger one")
    if old.size & (old.size - 1) == 0:
        hashes.insert(0, old.root)
    if not hashes:
        raise DoesNotHold("the consistency proof is empty")
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_root = new_root = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise DoesNotHold("the consistency proof is too long")
        if place & 1 or place == last:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_root = node_hash(new_root, sibling)
        place, last = place >> 1, last >> 1
    if last or old_root != old.root or new_root != new.root:
        raise DoesNotHold(f"the tree of {new.size} leaves does not begin with the one of {old.size}: it was rewritten")


def check_timestamp(files: dict[str, bytes], name: str, say: Callable[[str], None]) -> None:
    """See that a timestamp (RFC 3161) is about its checkpoint. Who signed it is not checked here."""
    checkpoint = f"checkpoints/{name.removeprefix('timestamps/').partition('.')[0]}"
    if hashlib.sha256(as_log_signed_it(text_of(files, checkpoint)).encode()).digest() not in files[name]:
        raise DoesNotHold(f"{name} is not about {checkpoint}")
    say(f"{name} names {checkpoint}; see who signed it: openssl ts -reply -text -in {name}")


def as_log_signed_it(note: str) -> str:
    """Return a checkpoint without the lines of witnesses, which came after a timestamp was asked."""
    text, _, signatures = note.rpartition("\n\n")
    origin = text.partition("\n")[0]
    own = [line for line in signatures.splitlines() if line.startswith(f"{EM_DASH} {origin} ")]
    return "\n".join([text, "", *own, ""])


def check_files(files: dict[str, bytes], lines: list[str]) -> None:
    """Hold every file against its line in the manifest; none may be missing, and none too many."""
    names = []
    for line in lines:
        match = re.fullmatch(r"([0-9a-f]{64}) ([0-9]{1,10}) ([a-zA-Z0-9._/-]{1,200})", line)
        if match is None:
            raise DoesNotHold("a line of the manifest is not: hash, size, name")
        digest, size, name = match.groups()
        names.append(name)
        content = files.get(name)
        if content is None:
            raise DoesNotHold(f"{name} is missing")
        if len(content) != int(size) or hashlib.sha256(content).hexdigest() != digest:
            raise DoesNotHold(f"{name} was changed")
    if [*names, "MANIFEST"] != list(files):
        raise DoesNotHold("the bundle holds other files than were sealed, or in another order")


def open_note(note: str, key: Key) -> str:
    """Return the text of a signed note, or raise DoesNotHold: the key must have signed it."""
    text, blank, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines() if blank else ():
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        blob = decode(encoded, "a signature")
        if dash == EM_DASH and name == key.name and blob[:4] == key.id:
            try:
                key.public.verify(blob[4:], text.encode())
            except InvalidSignature:
                raise DoesNotHold("the seal is broken: its signature is wrong") from None
            return text
    raise DoesNotHold(f"the bundle is not sealed by {key.name}")


def read_zip(path: Path) -> dict[str, bytes]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotCheck(f"{path} cannot be read: {error}") from None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise DoesNotHold("a file in the bundle is compressed: it was not sealed so")
            files = {member.filename: archive.read(member) for member in members}
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        RuntimeError,
        NotImplementedError,
        EOFError,
        struct.error,
    ) as error:
        raise DoesNotHold(f"the ZIP file is damaged: {error}") from None
    if len(files) != len(members):
        raise DoesNotHold("two files in the bundle have one name")
    return files


def stored_zip(files: dict[str, bytes]) -> bytes:
    """Build the one ZIP file that these files give: nothing compressed, no dates, nothing in between."""
    body, central = bytearray(), bytearray()
    for name, content in files.items():
        encoded, size = name.encode(), len(content)
        facts = struct.pack("<5H3L2H", 20, 0x0800, 0, 0, 33, zlib.crc32(content), size, size, len(encoded), 0)
        central += b"PK\x01\x02" + struct.pack("<H", 20) + facts + struct.pack("<3H2L", 0, 0, 0, 0, len(body)) + encoded
        body += b"PK\x03\x04" + facts + encoded + content
    end = struct.pack("<4H2LH", 0, 0, len(files), len(files), len(central), len(body), 0)
    return bytes(body + central + b"PK\x05\x06" + end)


def text_of(files: dict[str, bytes], name: str) -> str:
    if name not in files:
        raise DoesNotHold(f"{name} is missing")
    try:
        return files[name].decode()
    except UnicodeDecodeError:
        raise DoesNotHold(f"{name} is no text") from None


# --- On the command line -----------------------------------------------------------------------------------------


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checks = parser.add_subparsers(dest="check", required=True)
    proof = checks.add_parser("proof", help="an entry stands in the log")
    proof.add_argument("file", type=Path, help="a proof as JSON or as a tlog-proof file")
    consistency = checks.add_parser("consistency", help="nothing was changed since a checkpoint that you kept")
    consistency.add_argument("--old", type=Path, required=True, help="a file with the checkpoint that you kept")
    whole = checks.add_parser("log", help="the published leaves give the signed root")
    for check in (consistency, whole):
        check.add_argument("--url", required=True, help="where the log is published: …/audit/log")
    bundle = checks.add_parser("bundle", help="an evidence bundle is whole, and its entries stand in the log")
    bundle.add_argument("file", type=Path, help="the ZIP file")
    bundle.add_argument("--evidence-key", help="the key of the seal, or a file that holds it")
    for check in (proof, consistency, whole, bundle):
        check.add_argument("--key", required=True, help="the verifier key of the log, or a file that holds it")
    return parser


def read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotCheck(f"{path} cannot be read: {error}") from None


def main(argv: list[str] | None = None) -> int:
    given = arguments().parse_args(argv)

    def say(text: str) -> None:
        print(text, file=sys.stderr)  # noqa: T201

    try:
        key = read_key(given.key if "+" in given.key else read_file(Path(given.key)))
        match given.check:
            case "proof":
                check_proof(read_file(given.file), key, say)
            case "consistency":
                check_consistency(read_file(given.old), PublishedLog(given.url), key, say)
            case "log":
                check_log(PublishedLog(given.url), key, say)
            case "bundle":
                seal = given.evidence_key and (
                    given.evidence_key if "+" in given.evidence_key else read_file(Path(given.evidence_key))
                )
                check_bundle(given.file, key, read_key(seal) if seal else None, say)
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
