"""A server of our own that speaks the HTTP API of a transit secrets engine, as OpenBao and Vault document it.

Keys are made, read, listed, configured, deleted, and encrypt and decrypt with real AES-GCM; errors are the documented
ones. It can be made slow, away, sealed and nonsensical, which a real one cannot.
"""

import json
import os
import re
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Types that encrypt; the others are known too, and refused where a key would be made by encrypting.
ENCRYPTING = {"aes256-gcm96", "aes128-gcm96", "chacha20-poly1305"}


class Answer(Exception):
    """Ends a request with a status and errors."""

    def __init__(self, status: int, *errors: str) -> None:
        self.status = status
        self.errors = list(errors)
        super().__init__(status, errors)


@dataclass
class TransitServer:
    """One server with one engine; a test changes its fields while it runs."""

    token: str = "the token of Deelwijs"
    mount: str = "transit"
    namespace: str = ""
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Whether the token's policy lets an encryption make the key it names: `create` on encrypt/*.
    may_create_on_encrypt: bool = False
    sealed: bool = False
    delay_seconds: float = 0
    # What every answer is replaced by: status and body.
    nonsense: tuple[int, bytes] | None = None
    # Where such an answer points.
    location: str = ""
    # What the fields of `data` are replaced by, where the answer has them.
    lies: dict[str, Any] = field(default_factory=dict)
    overlooks_associated_data: bool = False
    # Method and path of what was asked, in order.
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Answer at the port, a free one the first time."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        server.daemon_threads = True
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, method: str, path: str, sent: dict[str, Any], headers: Any) -> tuple[int, dict[str, Any] | None]:
        """Return status and body of one request to /v1/…"""
        if self.sealed:
            raise Answer(503, "Vault is sealed")
        if headers.get("X-Vault-Namespace", "") != self.namespace:
            raise Answer(404, "no handler for route")
        if headers.get("X-Vault-Token") != self.token:
            raise Answer(403, "permission denied")
        address, _, query = path.partition("?")
        match = re.fullmatch(rf"/v1/{self.mount}/(keys|encrypt|decrypt)(?:/([\w.-]+))?(/config)?", address)
        if not match:
            raise Answer(404, f'no handler for route "{address}". route entry not found.')
        what, name, config = match.groups()
        listing = method == "LIST" or (method == "GET" and query == "list=true")
        if what == "keys" and name is None and listing:
            return self._list()
        if name is None:
            raise Answer(405, "unsupported operation")
        if what == "keys" and method == "GET":
            return 200, {"data": self._public(name)}
        if what == "keys" and method in ("POST", "PUT"):
            return self._configure(name, sent) if config else self._create(name, sent)
        if what == "keys" and method == "DELETE":
            return self._delete(name)
        if method in ("POST", "PUT"):
            return self._encrypt(name, sent) if what == "encrypt" else self._decrypt(name, sent)
        raise Answer(405, "unsupported operation")

    def _list(self) -> tuple[int, dict[str, Any]]:
        if not self.keys:
            raise Answer(404)
        return 200, {"data": {"keys": sorted(self.keys)}}

    def _public(self, name: str) -> dict[str, Any]:
        if name not in self.keys:
            raise Answer(404)
        return {key: value for key, value in self.keys[name].items() if key != "secret"}

    def _create(self, name: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kind = sent.get("type", "aes256-gcm96")
        if name not in self.keys:
            self.keys[name] = {
                "name": name,
                "type": kind,
                "derived": sent.get("derived", False),
                "exportable": sent.get("exportable", False),
                "allow_plaintext_backup": sent.get("allow_plaintext_backup", False),
                "deletion_allowed": False,
                "latest_version": 1,
                "min_decryption_version": 1,
                "secret": os.urandom(32),
            }
        return 200, {"data": self._public(name)}

    def _configure(self, name: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if name not in self.keys:
            raise Answer(400, f"no existing key named {name} could be found")
        self.keys[name].update({key: sent[key] for key in ("deletion_allowed", "exportable") if key in sent})
        return 200, {"data": self._public(name)}

    def _delete(self, name: str) -> tuple[int, None]:
        if name not in self.keys:
            raise Answer(400, f"error deleting policy {name}: could not delete key; not found")
        if not self.keys[name]["deletion_allowed"]:
            raise Answer(400, f"error deleting policy {name}: deletion is not allowed for this policy")
        del self.keys[name]
        return 204, None

    def _encrypt(self, name: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if name not in self.keys:
            if not self.may_create_on_encrypt:
                raise Answer(403, "1 error occurred:\n\t* permission denied\n\n")
            kind = sent.get("type", "aes256-gcm96")
            if kind not in ENCRYPTING:
                raise Answer(400, f"key type {kind} not supported for this operation")
            self._create(name, sent)
        plaintext = b64decode(sent["plaintext"])
        nonce = os.urandom(12)
        sealed = nonce + AESGCM(self._usable(name)).encrypt(nonce, plaintext, self._associated(sent))
        return 200, {"data": {"ciphertext": f"vault:v1:{b64encode(sealed).decode()}", "key_version": 1}}

    def _decrypt(self, name: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        ciphertext = sent.get("ciphertext")
        if not ciphertext:
            raise Answer(400, "missing ciphertext to decrypt")
        secret = self._usable(name)
        if not ciphertext.startswith("vault:v"):
            raise Answer(400, "invalid ciphertext: no prefix")
        try:
            sealed = b64decode(ciphertext.split(":", 2)[2], validate=True)
        except (IndexError, ValueError):
            raise Answer(400, "invalid ciphertext: could not decode base64") from None
        try:
            plaintext = AESGCM(secret).decrypt(sealed[:12], sealed[12:], self._associated(sent))
        except (InvalidTag, ValueError):
            raise Answer(400, "invalid ciphertext: unable to decrypt") from None
        return 200, {"data": {"plaintext": b64encode(plaintext).decode()}}

    def _usable(self, name: str) -> bytes:
        if name not in self.keys:
            raise Answer(400, "encryption key not found")
        if self.keys[name].get("soft_deleted"):
            raise Answer(400, "key is soft-deleted")
        secret: bytes = self.keys[name]["secret"]
        return secret

    def _associated(self, sent: dict[str, Any]) -> bytes | None:
        if self.overlooks_associated_data:
            return None
        return b64decode(sent.get("associated_data", "")) or None


def _handler(transit: TransitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Two small packets would wait for each other.
        wbufsize = -1

        def _respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length) or b"{}")
            transit.asked.append(f"{self.command} {self.path}")
            time.sleep(transit.delay_seconds)
            body: Any
            try:
                status, body = transit.answer(self.command, self.path, sent, self.headers)
            except Answer as answer:
                status, body = answer.status, {"errors": answer.errors}
            if body and "data" in body:
                body["data"] |= {name: lie for name, lie in transit.lies.items() if name in body["data"]}
            content = b"" if body is None else json.dumps(body).encode()
            if transit.nonsense is not None:
                status, content = transit.nonsense
            self.send_response(status)
            if content:
                self.send_header("Content-Type", "application/json")
            if transit.location:
                self.send_header("Location", transit.location)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            # Who listens no more answers on no connection that was kept either.
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_LIST = _respond  # noqa: N815 names of the library

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler
