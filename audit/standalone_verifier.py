#!/usr/bin/env python3
"""Check the audit log of a Deelwijs service without trusting it.

This one file needs Python 3.11 and shares no code with the service: take it away, read it, run it anywhere. Where there
is no package `cryptography` it checks Ed25519 signatures itself, which is slower and just as strict. It follows
RFC 9162 §2.1 and the C2SP formats signed-note, tlog-checkpoint, tlog-tiles, tlog-proof and, for ML-DSA-44,
tlog-cosignature.

    standalone_verifier.py proof FILE --key KEY [--url https://example.nl/audit/log]
        An entry stands in the log: its text gives the leaf, the leaf is in the tree, the log signed the tree.
        FILE is what `/api/v1/entries/<id>/proof` answers, as JSON or as a tlog-proof file. A proof that a retired key
        signed is held against the log of today as well: for that, give --url.

    standalone_verifier.py promise FILE --promise-key KEYS [--proof PROOF --key KEY]
        The service signed that an entry would stand in the log by a moment, and with PROOF: it does. FILE is the
        promise that came with the data; KEYS is what /audit/log/promise-key answers.

    standalone_verifier.py consistency --old CHECKPOINT --url https://example.nl/audit/log --key KEY
        Nothing that stood in the log when CHECKPOINT was signed has been changed since.

    standalone_verifier.py log --url https://example.nl/audit/log --key KEY
        The leaves that the log publishes give the root that it signs.

    standalone_verifier.py bundle FILE.zip --key KEY [--evidence-key KEY]
        An evidence bundle is as it was sealed, and every entry in it stands in the log. Needs no network.

    standalone_verifier.py witnesses FILE --key KEY --witness KEY --witness KEY --quorum 1
        So many of the witnesses that you trust saw this checkpoint and found that the log only grew (C2SP
        tlog-cosignature). FILE is a checkpoint, or a proof with one in it. Without --quorum, all of them.

    standalone_verifier.py succession --old CHECKPOINT --old-key KEY --url https://example.nl/audit/log --key KEY
        CHECKPOINT is of a log that was ended: what its successor says of that, and whether it kept what you saw.

KEY is the verifier key of the log (`name+id+base64`), or a file that holds it, or all its keys, as
`/audit/log/keys.txt` has them: one a line, those that came or went with the sizes of the log from and until which they
signed. Get them once, from a place that the service does not control, and keep them. Of each kind of key that you give
(Ed25519, ML-DSA-44), one must have signed. Ends with 0 if everything holds, 1 if something does not, 2 if it could not
be checked.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # a bare Python: the class below does the same by RFC 8032 §5.1.7

    class InvalidSignature(Exception):  # type: ignore[no-redef]
        pass

    class UnsupportedAlgorithm(Exception):  # type: ignore[no-redef]
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


try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ImportError:  # an older cryptography: Ed25519 is checked, and what is not is said
    MLDSA44PublicKey = None  # type: ignore[assignment,misc]

ENTRY_DOMAIN = b"deelwijs/audit/entry/v1\n"
PROMISE = "deelwijs/audit/promise/v1"
SALT_BYTES = 32
HASH_BYTES = 32
TILE_WIDTH = 256
BUNDLE_HEADER = "deelwijs evidence bundle v1"
CONSISTENCY_HEADER = "deelwijs consistency proof v1"
ED25519, ML_DSA_44 = 1, 6
KINDS = {ED25519: "Ed25519", ML_DSA_44: "ML-DSA-44"}
ML_DSA_44_BYTES = 1312
TIME_BYTES = 8
LONGEST_NAME = 255
MOST_SIGNATURES = 128
# Of a key with which a witness signs a checkpoint by Ed25519.
COSIGNATURE = 4
# The last second of the year 9999.
LATEST_TIME = 253_402_300_799
EM_DASH = "\u2014"
KEY_LINE = re.compile(r"(\S+)(?: from ([0-9]{1,18}))?(?: until ([0-9]{1,18}))?")


class DoesNotHold(Exception):
    """What the service says is not so."""


class CannotCheck(Exception):
    """Something is missing or unreadable, so nothing is shown either way."""


class Witness(NamedTuple):
    """The verifier key of a witness: like that of a log, of type 4 (Ed25519) or 6 (ML-DSA-44)."""

    name: str
    id: bytes
    kind: int
    public: "Ed25519PublicKey | MLDSA44PublicKey"


class Key(NamedTuple):
    """A public key; `public` is None for ML-DSA-44 where this computer cannot check it."""

    name: str
    id: bytes
    public: "Ed25519PublicKey | MLDSA44PublicKey | None"
    kind: int = ED25519
    first: int = 0
    last: int | None = None


@dataclass(frozen=True)
class Keys:
    """The keys of one log, and the sizes of the log between which each signed."""

    all: list[Key]

    @property
    def name(self) -> str:
        return self.all[0].name

    def at(self, size: int) -> list[Key]:
        return [key for key in self.all if key.first <= size and (key.last is None or size <= key.last)]


class Checkpoint(NamedTuple):
    """What the log signed; `by_retired_key` if no key that still signs is among those that did."""

    size: int
    root: bytes
    by_retired_key: bool = False


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
        kind = raw[0]
        public = read_ml_dsa(raw[1:]) if kind == ML_DSA_44 else Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, IndexError):
        raise CannotCheck("the verifier key is not name+id+base64 with an Ed25519 or ML-DSA-44 key") from None
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if kind not in KINDS or expected.hex() != key_id:
        raise CannotCheck("the id of the verifier key does not belong to it: part of the key is missing or wrong")
    return Key(name, expected, public, kind)


def read_ml_dsa(raw: bytes) -> "MLDSA44PublicKey | None":
    if len(raw) != ML_DSA_44_BYTES:
        raise ValueError
    try:
        return None if MLDSA44PublicKey is None else MLDSA44PublicKey.from_public_bytes(raw)
    except UnsupportedAlgorithm:
        return None


def read_keys(text: str) -> Keys:
    """Read keys, one a line, each with the sizes between which it signed where it came or went."""
    keys = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = KEY_LINE.fullmatch(line)
        if match is None:
            raise CannotCheck("a line of the keys is not: verifier key, from and a size, until and a size")
        key = read_key(match[1])
        keys.append(key._replace(first=int(match[2] or 0), last=None if match[3] is None else int(match[3])))
    if len({key.name for key in keys}) != 1:
        raise CannotCheck("the keys are of different logs, or there is none")
    if all(key.public is None for key in keys):
        raise CannotCheck("ML-DSA-44 cannot be checked here: that takes a newer version of the package cryptography")
    return Keys(keys)


def open_checkpoint(note: str, keys: Keys) -> Checkpoint:
    """Check the signatures of the log under a checkpoint and read it. Other signatures are witnesses': passed over."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise DoesNotHold("the checkpoint carries no signature")
    if any(one < " " and one != "\n" for one in note):
        raise DoesNotHold("the checkpoint has control characters")
    text += "\n"
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise DoesNotHold(f"the checkpoint carries more than {MOST_SIGNATURES} signatures")
    signed = []
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        blob = decode(encoded, "a signature")
        if dash != EM_DASH or not name:
            raise DoesNotHold("a line under the checkpoint is no signature")
        signed += [(key, blob[4:]) for key in keys.all if (name, blob[:4]) == (key.name, key.id)]
    if not signed:
        raise DoesNotHold(f"the checkpoint is not signed by {keys.name}")
    checkpoint = read_head(text, keys.name)
    for key, signature in signed:
        check_signature(key, signature, text, checkpoint)
    used = keys.at(checkpoint.size)
    signers = [key for key, _ in signed if key in used]
    if not signers:
        raise DoesNotHold(f"no key that signed the checkpoint was in use when the log had {checkpoint.size} leaves")
    for kind in {key.kind for key in used if key.public is not None} - {key.kind for key in signers}:
        raise DoesNotHold(f"the checkpoint lacks the {KINDS[kind]} signature of {keys.name}")
    return checkpoint._replace(by_retired_key=all(key.last is not None for key in signers))


def read_head(text: str, name: str) -> Checkpoint:
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < len(("origin", "size", "root")) or not all(lines):
        raise DoesNotHold("what was signed is no checkpoint")
    origin, size, root = lines[:3]
    if origin != name:
        raise DoesNotHold(f"the checkpoint is of the log {origin!r}, the key of {name!r}")
    if not re.fullmatch("0|[1-9][0-9]{0,18}", size):
        raise DoesNotHold("the size in the checkpoint is no number")
    return Checkpoint(int(size), decode_hash(root, "the root in the checkpoint"))


def check_signature(key: Key, signature: bytes, text: str, checkpoint: Checkpoint) -> None:
    """Check a signature that says it is of this key; one of a kind that cannot be checked here is passed over."""
    if key.public is None:
        return
    signed = text.encode()
    if key.kind == ML_DSA_44:
        # C2SP tlog-cosignature signs a structure in place of the text: its time stands before the signature.
        time, signature = signature[:TIME_BYTES], signature[TIME_BYTES:]
        checkpoint_origin = text.partition("\n")[0]
        signed = subtree_message(key.name, time, checkpoint_origin, checkpoint.size, checkpoint.root)
    try:
        key.public.verify(signature, signed)
    except InvalidSignature:
        raise DoesNotHold(f"the {KINDS[key.kind]} signature of the log under the checkpoint is wrong") from None


def subtree_message(name: str, time: bytes, origin: str, size: int, root: bytes) -> bytes:
    """Return what ML-DSA-44 signs of a checkpoint: a tree of `size` leaves, seen at a time of 8 bytes."""
    signer, log = name.encode(), origin.encode()
    if max(len(signer), len(log)) > LONGEST_NAME or len(time) < TIME_BYTES:
        raise DoesNotHold(f"the ML-DSA-44 signature of {name} under the checkpoint is badly written")
    message = b"subtree/v1\n\x00" + bytes([len(signer)]) + signer + time + bytes([len(log)]) + log
    return message + struct.pack(">QQ", 0, size) + root


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


# --- Witnesses (C2SP tlog-cosignature) ---------------------------------------------------------------------------


def read_witness(text: str) -> Witness:
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        kind = raw[0]
        public = read_ml_dsa(raw[1:]) if kind == ML_DSA_44 else Ed25519PublicKey.from_public_bytes(raw[1:])
        if kind not in (COSIGNATURE, ML_DSA_44):
            raise ValueError
    except (ValueError, IndexError):
        raise CannotCheck("the key of a witness is not name+id+base64 with an Ed25519 or ML-DSA-44 key") from None
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if expected.hex() != key_id:
        raise CannotCheck(f"the id of the key of {name} does not belong to it: part of the key is missing or wrong")
    if public is None:
        raise CannotCheck(f"{name} signs with ML-DSA-44, which takes a newer version of the package cryptography")
    return Witness(name, expected, kind, public)


def checkpoint_in(text: str) -> str:
    """Return the checkpoint in a proof, or the text itself, which then is one."""
    if text.startswith("c2sp.org/tlog-proof@v1\n"):
        return text.partition("\n\n")[2]
    return read_json_proof(text).checkpoint if text.startswith("{") else text


def check_witnesses(note: str, witnesses: list[Witness], quorum: int | None, say: Callable[[str], None]) -> None:
    """See that so many of the witnesses saw this checkpoint. A wrong line of one of them is not passed over."""
    needed = len(witnesses) if quorum is None else quorum
    if not 1 <= needed <= len({witness.id for witness in witnesses}):
        raise CannotCheck(f"{needed} signatures cannot come from {len(witnesses)} witnesses: name each of them once")
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    seen: set[tuple[str, bytes]] = set()
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix(f"{EM_DASH} ").partition(" ")
        blob = decode(encoded, "a signature")
        for witness in witnesses:
            if (witness.name, witness.id) == (name, blob[:4]):
                at = check_cosignature(witness, text, blob[4:])
                seen.add((name, blob[:4]))
                say(f"{name} saw it at {datetime.fromtimestamp(at, tz=UTC):%Y-%m-%d %H:%M:%S} UTC")
    if len(seen) < needed:
        raise DoesNotHold(f"{len(seen)} of the witnesses signed the checkpoint, and {needed} must")


def check_cosignature(witness: Witness, text: str, signature: bytes) -> int:
    """Check one cosignature over the text of a checkpoint, and return its time in seconds since 1970."""
    time, signature = signature[:TIME_BYTES], signature[TIME_BYTES:]
    at = int.from_bytes(time, "big")
    if witness.kind == COSIGNATURE:
        message = f"cosignature/v1\ntime {at}\n{text}".encode()
    else:
        origin, size, root = text.split("\n")[:3]
        message = subtree_message(
            witness.name, time, origin, int(size), decode_hash(root, "the root of the checkpoint")
        )
    try:
        witness.public.verify(signature, message)
    except InvalidSignature:
        raise DoesNotHold(f"the signature of {witness.name} under the checkpoint is wrong") from None
    if not at < LATEST_TIME:
        raise DoesNotHold(f"the signature of {witness.name} says no time that there is")
    return at


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

    def checkpoint(self, keys: Keys) -> Checkpoint:
        return open_checkpoint(self.get("checkpoint").decode("utf-8", "replace"), keys)

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
    if not re.fullmatch("index (0|[1-9][0-9]{0,18})", index):
        raise DoesNotHold("the place of the leaf is no number")
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


def check_proof(text: str, keys: Keys, say: Callable[[str], None], log: PublishedLog | None = None) -> None:
    proof = read_proof(text)
    checkpoint = check_inclusion(proof, keys)
    say(f"{keys.name} signed a tree of {checkpoint.size:,} leaves")
    say(f"this entry is leaf {proof.index:,} of it:")
    say(proof.canonical.decode("utf-8", "replace"))
    if checkpoint.by_retired_key:
        if log is None:
            raise CannotCheck(
                "a key signed this that was retired since, and whoever got hold of it can sign such trees. Give --url,"
                " so that the tree is held against the log of today"
            )
        check_consistency(proof.checkpoint, log, keys, say)


def check_inclusion(proof: Proof, keys: Keys) -> Checkpoint:
    if len(proof.salt) != SALT_BYTES:
        raise DoesNotHold(f"the salt is not {SALT_BYTES} bytes")
    checkpoint = open_checkpoint(proof.checkpoint, keys)
    if proof.claimed_size not in (None, checkpoint.size):
        raise DoesNotHold("the proof names another size than its checkpoint")
    commitment = hashlib.sha256(ENTRY_DOMAIN + proof.salt + proof.canonical).digest()
    if root_by_inclusion(leaf_hash(commitment), proof.index, checkpoint.size, proof.hashes) != checkpoint.root:
        raise DoesNotHold("the entry is not in the tree that the log signed: entry, salt or path were changed")
    return checkpoint


def check_promise(
    note: str,
    signers: list[Key],
    proof: str | None,
    keys: Keys | None,
    say: Callable[[str], None],
    log: PublishedLog | None = None,
) -> None:
    """Check who signed the promise and, given a proof, that the promised entry came to stand in the log."""
    text, _, signature = note.rpartition("\n\n")
    text += "\n"
    dash, name, encoded = [*signature.removesuffix("\n").split(" "), "", ""][:3]
    blob = decode(encoded, "the signature")
    signer = next((one for one in signers if dash == EM_DASH and (one.name, one.id) == (name, blob[:4])), None)
    if signer is None or signer.public is None:
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
    due = datetime.fromisoformat(at) + timedelta(seconds=int(within))
    say(f"{signer.name} promised: entry {entry} stands in the log {origin} by {due.isoformat()}")
    if proof is None or keys is None:
        say("give a proof of that entry as well, to see that it was kept; without one after that moment, it was not")
        return
    if keys.name != origin:
        raise CannotCheck(f"the promise is about the log {origin!r}, the key is of {keys.name!r}")
    check_proof(proof, keys, say, log)
    proven = read_proof(proof)
    if leaf_hash(hashlib.sha256(ENTRY_DOMAIN + proven.salt + proven.canonical).digest()) != decode_hash(
        leaf, "the leaf"
    ):
        raise DoesNotHold("the proof is of another entry than the promise")
    say("it is the promised entry")


def check_consistency(old_note: str, log: PublishedLog, keys: Keys, say: Callable[[str], None]) -> None:
    old, new = open_checkpoint(old_note, keys), log.checkpoint(keys)
    say(f"kept: a tree of {old.size:,} leaves; published: one of {new.size:,}")
    if new.size < old.size:
        raise DoesNotHold(f"the log shrank from {old.size} to {new.size} leaves")
    # Both roots from the same subtrees: had an old leaf changed, the old root could not come out.
    rewritten = f"the first {old.size} leaves are not those that the log signed then: it was rewritten"
    check_beginnings(log, new, [(old, rewritten)])
    say(f"the first {old.size:,} leaves are what they were")


def check_beginnings(log: PublishedLog, new: Checkpoint, beginnings: list[tuple[Checkpoint, str]]) -> None:
    """Check that the published tree begins with each of these, given by size, and is the one that was signed."""
    tree = Leaves()
    whole = (new, "the leaves that the log publishes do not give the root that it signs")
    for beginning, failure in [*beginnings, whole]:
        for height, index in subtrees(tree.size, beginning.size):
            tree.add(log.subtree_root(height, index, new.size), height)
        if tree.root() != beginning.root:
            raise DoesNotHold(failure)


def check_succession(old_note: str, old_keys: Keys, log: PublishedLog, keys: Keys, say: Callable[[str], None]) -> None:
    """Check what became of a log that was ended: against a checkpoint of it, and the statement of its successor."""
    old, new = open_checkpoint(old_note, old_keys), log.checkpoint(keys)
    said, proof = read_statement(log, old_keys, keys)
    last, size = open_checkpoint(said["lastCheckpoint"], old_keys), said["size"]
    say(f"{old_keys.name} was ended; {keys.name} grows on from its first {size:,} leaves, and states in leaf {size:,}:")
    say(proof.canonical.decode("utf-8", "replace"))
    if old.size > last.size or (old.size == last.size and old.root != last.root):
        raise DoesNotHold(
            f"you keep a checkpoint over {old.size} leaves that the statement passes over: the last that it admits is"
            f" over {last.size}"
        )
    ended = Checkpoint(size, decode_hash(said["root"], "the root in the statement"))
    stated = Leaves()
    stated.add(leaf_hash(hashlib.sha256(ENTRY_DOMAIN + proof.salt + proof.canonical).digest()))
    if new.size <= size or log.subtree_root(0, size, new.size) != stated.root():
        raise DoesNotHold(f"the statement is not leaf {size} of the log that is published now")
    beginnings = [(ended, f"the first {size} leaves are not those that the statement speaks of")]
    if old.size <= size:
        rewritten = f"the first {old.size} leaves are not those that {old_keys.name} signed: it was rewritten"
        beginnings.insert(0, (old, rewritten))
    check_beginnings(log, new, beginnings)
    if old.size > size:
        raise DoesNotHold(f"the leaves from {size} up to {old.size} are lost, as the statement itself says")
    say(f"the first {old.size:,} leaves are what they were")


def read_statement(log: PublishedLog, old_keys: Keys, keys: Keys) -> tuple[dict[str, Any], Proof]:
    """Fetch what the successor says of the end of a log, and see that it stands in its log."""
    try:
        listed = json.loads(log.get("ended"))
        place = next((one["statement"] for one in listed if one["origin"] == old_keys.name), None)
        if place is None:
            raise DoesNotHold(f"{keys.name} does not say that {old_keys.name} was ended")
        proof = read_proof(log.get(str(place)).decode("utf-8", "replace"))
        check_inclusion(proof, keys)
        entry = json.loads(proof.canonical)
        said: dict[str, Any] = entry["details"]
        names = said["endedLog"], said["successor"]
        about_this = entry["action"] == "audit.log-succeeded" and names == (old_keys.name, keys.name)
        if not about_this or type(said["size"]) is not int or proof.index != said["size"]:
            raise DoesNotHold(f"the entry does not say that {old_keys.name} was ended and {keys.name} began there")
    except (KeyError, TypeError, ValueError):
        raise DoesNotHold("what the log says of logs that were ended cannot be read") from None
    return said, proof


def check_log(log: PublishedLog, keys: Keys, say: Callable[[str], None]) -> None:
    checkpoint = log.checkpoint(keys)
    say(f"{keys.name} signed a tree of {checkpoint.size:,} leaves")
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


def check_bundle(path: Path, keys: Keys, evidence_key: Key | None, say: Callable[[str], None]) -> None:
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
        name: open_checkpoint(text_of(files, name), keys) for name in files if name.startswith("checkpoints/")
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
    say(f"{keys.name} signed a tree of {newest.size:,} leaves")
    if newest.by_retired_key:
        say("with a key that was retired since: hold that checkpoint against the log of today, with `consistency`")

    entries = [name.removeprefix("entries/").removesuffix(".json") for name in files if name.startswith("entries/")]
    for place in entries:
        check_bundled_entry(files, place, checkpoints, keys)
    if str(len(entries)) != facts.get("entries"):
        raise DoesNotHold(f"the bundle says that it holds {facts.get('entries')} entries and holds {len(entries)}")
    for name in files:
        if name.startswith("timestamps/"):
            check_timestamp(files, name, say)
    say(f"{len(entries):,} entries stand in that tree")


def check_bundled_entry(files: dict[str, bytes], place: str, checkpoints: dict[str, Checkpoint], keys: Keys) -> None:
    """Check that an entry is the one in its proof, and that the proof is under one of the checkpoints in the bundle."""
    name = f"entries/{place}.json"
    proof = read_proof(text_of(files, f"proofs/{place}.tlog-proof"))
    if len(proof.salt) != SALT_BYTES or proof.canonical != files[name] or f"{proof.index:012}" != place:
        raise DoesNotHold(f"{name} is not the entry in its proof")
    checkpoint = next((one for at, one in checkpoints.items() if files[at] == proof.checkpoint.encode()), None)
    if checkpoint is None:
        # Not one of those whose signature was checked already.
        checkpoint = open_checkpoint(proof.checkpoint, keys)
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
            if not isinstance(key.public, Ed25519PublicKey):
                raise CannotCheck("a seal is signed with Ed25519, and the key is of another kind")
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
    proof.add_argument("--url", help="where the log is published, for a proof that a retired key signed")
    promise = checks.add_parser("promise", help="the service promised an entry, and kept its promise")
    promise.add_argument("file", type=Path, help="the promise")
    promise.add_argument("--promise-key", required=True, help="the keys of promises, or a file that holds them")
    promise.add_argument("--proof", type=Path, help="a proof of the entry, as JSON or as a tlog-proof file")
    promise.add_argument(
        "--key", action="append", help="with --proof: a verifier key of the log, or a file of them; can be repeated"
    )
    promise.add_argument("--url", help="with --proof: where the log is published, if a retired key signed it")
    consistency = checks.add_parser("consistency", help="nothing was changed since a checkpoint that you kept")
    consistency.add_argument("--old", type=Path, required=True, help="a file with the checkpoint that you kept")
    whole = checks.add_parser("log", help="the published leaves give the signed root")
    succession = checks.add_parser("succession", help="what became of a log that was ended")
    succession.add_argument("--old", type=Path, required=True, help="a file with a checkpoint of that log")
    succession.add_argument(
        "--old-key",
        required=True,
        action="append",
        help="a verifier key of that log, or a file of them; can be repeated",
    )
    for check in (consistency, whole, succession):
        check.add_argument("--url", required=True, help="where the log is published: …/audit/log")
    cosigned = checks.add_parser("witnesses", help="witnesses that you trust saw a checkpoint")
    cosigned.add_argument("file", type=Path, help="a checkpoint, or a proof with one in it")
    cosigned.add_argument("--witness", action="append", required=True, help="the key of a witness; can be repeated")
    cosigned.add_argument("--quorum", type=int, help="how many of them must have signed; all if not given")
    bundle = checks.add_parser("bundle", help="an evidence bundle is whole, and its entries stand in the log")
    bundle.add_argument("file", type=Path, help="the ZIP file")
    bundle.add_argument("--evidence-key", help="the key of the seal, or a file that holds it")
    for check in (proof, consistency, whole, cosigned, succession, bundle):
        check.add_argument(
            "--key",
            required=True,
            action="append",
            help="a verifier key of the log, or a file of them; can be repeated",
        )
    return parser


def read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotCheck(f"{path} cannot be read: {error}") from None


def given_text(given: str) -> str:
    """Read what is a key itself, or names a file that holds it."""
    return given if "+" in given else read_file(Path(given))


def keys_of(given: list[str]) -> Keys:
    """Read what are keys themselves, or names of files that hold them."""
    return read_keys("\n".join(given_text(one) for one in given))


def main(argv: list[str] | None = None) -> int:
    given = arguments().parse_args(argv)

    def say(text: str) -> None:
        print(text, file=sys.stderr)  # noqa: T201

    try:
        if given.check == "promise":
            if (given.proof is None) != (given.key is None):
                raise CannotCheck("give --proof and --key together")
            signers = [read_key(line) for line in given_text(given.promise_key).split()]
            proof = read_file(given.proof) if given.proof else None
            published = PublishedLog(given.url) if given.url else None
            check_promise(read_file(given.file), signers, proof, keys_of(given.key) if proof else None, say, published)
            print("HOLDS")  # noqa: T201
            return 0
        keys = keys_of(given.key)
        for key in keys.all:
            if key.public is None:
                say("ML-DSA-44 is not checked: that takes a newer version of the package cryptography")
        match given.check:
            case "proof":
                check_proof(read_file(given.file), keys, say, PublishedLog(given.url) if given.url else None)
            case "consistency":
                check_consistency(read_file(given.old), PublishedLog(given.url), keys, say)
            case "succession":
                check_succession(read_file(given.old), keys_of(given.old_key), PublishedLog(given.url), keys, say)
            case "log":
                check_log(PublishedLog(given.url), keys, say)
            case "bundle":
                seal = read_key(given_text(given.evidence_key)) if given.evidence_key else None
                check_bundle(given.file, keys, seal, say)
            case "witnesses":
                note = checkpoint_in(read_file(given.file))
                open_checkpoint(note, keys)
                check_witnesses(note, [read_witness(one) for one in given.witness], given.quorum, say)
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
