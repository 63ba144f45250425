"""What sealing rests on, against the vectors of Project Wycheproof. A failure names the `tcId` of each that failed."""

import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from consent.errors import DoesNotOpen
from consent.keys.envelope import unseal

VECTORS = Path(__file__).parent.parent / "vectors"
# In bits: what `unseal` is made for, and what the library takes at all.
OURS = {"ivSize": 96, "keySize": 256, "tagSize": 128}
NONCES = range(64, 1024 + 1)


def vectors(file: str, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each group and vector; fail unless there are `count`, so that a set which lost some is noticed."""
    read = json.loads((VECTORS / file).read_bytes())
    found = [(group, vector) for group in read["testGroups"] for vector in group["tests"]]
    assert len(found) == read["numberOfTests"] == count
    yield from found


def octets(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]


def opened(group: dict[str, Any], vector: dict[str, Any]) -> bytes | None:
    """Return what the vector opens to, None where it is refused; by `unseal` where it is of our sizes."""
    key, nonce, associated, sealed, tag = octets(vector, "key", "iv", "aad", "ct", "tag")
    try:
        if group.items() >= OURS.items():
            return unseal(key, nonce + sealed + tag, associated)
        return AESGCM(key).decrypt(nonce, sealed + tag, associated)
    except (DoesNotOpen, InvalidTag, ValueError):
        return None


def test_aes_gcm() -> None:
    wrong = []
    by_unseal = 0
    for group, vector in vectors("aes_gcm_test.json", 316):
        (plain,) = octets(vector, "msg")
        opens = vector["result"] == "valid" and group["ivSize"] in NONCES
        by_unseal += group.items() >= OURS.items()
        if opened(group, vector) != (plain if opens else None):
            wrong.append(vector["tcId"])
    assert wrong == []
    assert by_unseal == 66


def test_sealing_gives_the_bytes_of_the_vector() -> None:
    """Also the other way: the ciphertext and tag, and not only that we read our own writing."""
    wrong = []
    for group, vector in vectors("aes_gcm_test.json", 316):
        if vector["result"] != "valid" or group["ivSize"] not in NONCES:
            continue
        key, nonce, associated, plain, sealed, tag = octets(vector, "key", "iv", "aad", "msg", "ct", "tag")
        if AESGCM(key).encrypt(nonce, plain, associated) != sealed + tag:
            wrong.append(vector["tcId"])
    assert wrong == []


def derived(vector: dict[str, Any]) -> bytes | None:
    """Extract by RFC 5869 section 2.2, and expand with the class that seals files; None where it is refused."""
    ikm, salt, info = octets(vector, "ikm", "salt", "info")
    extracted = hmac.digest(salt, ikm, "sha256")
    try:
        return HKDFExpand(hashes.SHA256(), vector["size"], info).derive(extracted)
    except ValueError:
        return None


def test_hkdf() -> None:
    wrong = []
    for _group, vector in vectors("hkdf_sha256_test.json", 86):
        expected = bytes.fromhex(vector["okm"]) if vector["result"] == "valid" else None
        if derived(vector) != expected:
            wrong.append(vector["tcId"])
    assert wrong == []
