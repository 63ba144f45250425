"""A witness for the demonstration, as a stranger would write one: it shares no code with the service.

It follows C2SP tlog-witness and tlog-cosignature with the standard library and one signature, watches one log, and
remembers in memory. `NeighbouringWitness` serves it on a port of this machine that is free.
"""

import base64
import hashlib
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LONGEST_BODY = 64 * 1024
DASH = "\N{EM DASH} "
EMPTY_ROOT = hashlib.sha256().digest()


class NeighbouringWitness:
    """Watches the log with the verifier key `log_key`, under a name of its own. Runs inside its block."""

    def __init__(self, name: str, log_key: str) -> None:
        self.name = name
        self.size, self.root = 0, EMPTY_ROOT
        self.refused: list[int] = []
        self._origin, _id, key = log_key.strip().split("+", 2)
        self._log = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
        self._log_id = bytes.fromhex(_id)
        self._private = Ed25519PrivateKey.generate()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def verifier_key(self) -> str:
        return f"{self.name}+{self._key_id().hex()}+{base64.b64encode(self._typed_key()).decode()}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: bytes) -> tuple[int, str, str]:
        """Return status, content type and text for the body of a request."""
        try:
            head, _, note = body.decode().partition("\n\n")
            old, *hashes = head.split("\n")
            old_size, proof = int(old.removeprefix("old ")), [base64.b64decode(one) for one in hashes]
            text, _, signatures = note.rpartition("\n\n")
            origin, size_line, root_line = text.split("\n")[:3]
            size, root = int(size_line), base64.b64decode(root_line)
        except ValueError:
            return 400, "text/plain", "malformed\n"
        if origin != self._origin:
            return 404, "text/plain", "unknown log\n"
        if not self._is_signed(f"{text}\n", signatures):
            return 403, "text/plain", "not signed by the log\n"
        if old_size > size:
            return 400, "text/plain", "the old size is too large\n"
        with self._lock:
            if old_size != self.size:
                return 409, "text/x.tlog.size", f"{self.size}\n"
            if not follows(self.size, self.root, size, root, proof):
                return 422, "text/plain", "not consistent\n"
            self.size, self.root = size, root
            return 200, "text/plain", self._cosign(f"{text}\n")

    def _is_signed(self, text: str, signatures: str) -> bool:
        for line in signatures.splitlines():
            name, _, encoded = line.removeprefix(DASH).partition(" ")
            blob = base64.b64decode(encoded)
            if name == self._origin and blob[:4] == self._log_id:
                try:
                    self._log.verify(blob[4:], text.encode())
                except InvalidSignature:
                    return False
                return True
        return False

    def _cosign(self, text: str) -> str:
        now = int(time.time())
        signature = self._private.sign(f"cosignature/v1\ntime {now}\n{text}".encode())
        blob = self._key_id() + now.to_bytes(8, "big") + signature
        return f"{DASH}{self.name} {base64.b64encode(blob).decode()}\n"

    def _typed_key(self) -> bytes:
        return b"\x04" + self._private.public_key().public_bytes_raw()

    def _key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self._typed_key()).digest()[:4]

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        witness = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                if self.path != "/add-checkpoint" or length > LONGEST_BODY:
                    status, kind, text = 404, "text/plain", "nothing here\n"
                else:
                    status, kind, text = witness.answer(self.rfile.read(length))
                if status != 200:
                    witness.refused.append(status)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is its parent's
                """Say nothing."""

        return Answering


def policy_of(witnesses: Sequence[NeighbouringWitness]) -> str:
    """Write a policy (C2SP tlog-policy) by which all of them must sign."""
    lines = [f"witness w{number} {one.verifier_key} {one.url}" for number, one in enumerate(witnesses, start=1)]
    names = " ".join(f"w{number}" for number in range(1, len(witnesses) + 1))
    return "\n".join([*lines, f"group all-of-them all {names}", "quorum all-of-them", ""])


def follows(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    """Verify a consistency proof, step by step as RFC 9162 §2.1.4.2 writes it down."""
    if old_size == 0:
        return not proof and (size > 0 or root == EMPTY_ROOT)
    if old_size == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    first, second = old_size - 1, size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    first_hash = second_hash = path[0]
    for one in path[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            first_hash = hashlib.sha256(b"\x01" + one + first_hash).digest()
            second_hash = hashlib.sha256(b"\x01" + one + second_hash).digest()
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            second_hash = hashlib.sha256(b"\x01" + second_hash + one).digest()
        first, second = first >> 1, second >> 1
    return second == 0 and first_hash == old_root and second_hash == root
