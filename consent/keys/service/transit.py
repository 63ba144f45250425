"""A key service in OpenBao or HashiCorp Vault: its transit secrets engine, over HTTP.

A key is an `aes256-gcm96` key of the engine; a wrap is the engine's own text, `vault:v1:…`.
"""

import os
import threading
from base64 import b64decode, b64encode
from http import HTTPStatus
from typing import Any

import hvac
import requests
from django.conf import settings
from hvac.adapters import RawAdapter

from consent.errors import DoesNotOpen, KeyDestroyed
from consent.keys.envelope import KEY_BYTES
from consent.keys.service.naming import MARK, checked_name
from consent.keys.unavailable import unavailable

# What a key must be, and what a key that somebody else made under its name is held against.
_LOCKED_IN = {"type": "aes256-gcm96", "exportable": False, "allow_plaintext_backup": False, "derived": False}
# Encrypting with a name that is not there makes a key of the type that the request says, where the policy allows it.
# No key that encrypts can be made of this type, so none is made; for a key that is there the type has no meaning.
_NEVER_MADE = "ecdsa-p256"


class TransitKeyService:
    """Keys in the transit engine TRANSIT_MOUNT of the server TRANSIT_ADDRESS."""

    def __init__(self) -> None:
        self._token: str = settings.TRANSIT_TOKEN
        # requests does not promise that threads may share a session.
        self._clients = threading.local()

    def create(self, name: str) -> None:
        checked_name(name)
        for label in (MARK, name):
            key = self._read(label) or self._make(label)
            if any(key.get(field) != value for field, value in _LOCKED_IN.items()):
                raise unavailable(f"the key {label} was made by others, of another kind")
        self._see_that_it_binds(name)

    def wrap(self, name: str, key: bytes, associated: bytes) -> bytes:
        self._see(checked_name(name))
        wrapped = self._encrypt(name, key, associated)
        # What would not open again is found out now, and not when the key itself is needed.
        if self._decrypt(name, wrapped, associated) != key:
            raise unavailable("a wrap does not open again")
        return wrapped

    def unwrap(self, name: str, wrapped: bytes, associated: bytes) -> bytes:
        key = self._decrypt(checked_name(name), wrapped, associated)
        if key is None:
            self._see(name)
            raise DoesNotOpen
        return key

    def names(self) -> list[str]:
        answer = self._ask("list_keys")
        names = _data(answer).get("keys") if answer.status_code == HTTPStatus.OK else []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise unavailable("the list of keys is no list of names")
        if MARK not in names:
            raise _unmarked(answer)
        return sorted(set(names) - {MARK})

    def destroy(self, name: str) -> None:
        key = self._read(checked_name(name))
        if key is not None and key.get("deletion_allowed") is not True:
            self._order("update_key_configuration", name=name, deletion_allowed=True)
        if key is not None:
            self._order("delete_key", name=name)
        if self._read(name) is not None:
            raise unavailable(f"the key {name} is still there after it was destroyed")
        self._see_mark()

    def _make(self, name: str) -> dict[str, Any]:
        self._order(
            "create_key",
            name=name,
            key_type=_LOCKED_IN["type"],
            exportable=False,
            allow_plaintext_backup=False,
            derived=False,
        )
        key = self._read(name)
        if key is None:
            raise unavailable(f"the key {name} is not there after it was made")
        return key

    def _see(self, name: str) -> None:
        """Raise KeyDestroyed when the key is certainly gone, and KeyServiceUnavailable when it cannot be used."""
        key = self._read(name)
        if key is None:
            self._see_mark()
            raise KeyDestroyed
        if key.get("soft_deleted"):
            raise unavailable(f"the key {name} is soft-deleted; restore it, or destroy it")

    def _see_mark(self) -> None:
        answer = self._ask("read_key", name=MARK)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise _unmarked(answer)
        _key(answer, MARK)

    def _see_that_it_binds(self, name: str) -> None:
        """Raise KeyServiceUnavailable for an engine so old that it overlooks associated data."""
        probe = os.urandom(KEY_BYTES)
        wrapped = self._encrypt(name, probe, b"here")
        if self._decrypt(name, wrapped, b"here") != probe or self._decrypt(name, wrapped, b"elsewhere") is not None:
            raise unavailable("the transit engine does not bind associated data: it is too old")

    def _read(self, name: str) -> dict[str, Any] | None:
        """Return what the engine tells of a key; None when it says that there is none, which may be another engine."""
        answer = self._ask("read_key", name=name)
        return None if answer.status_code == HTTPStatus.NOT_FOUND else _key(answer, name)

    def _encrypt(self, name: str, key: bytes, associated: bytes) -> bytes:
        answer = self._ask(
            "encrypt_data", name=name, plaintext=_text(key), associated_data=_text(associated), type=_NEVER_MADE
        )
        if answer.status_code != HTTPStatus.OK:
            raise _refused(answer)
        ciphertext = _data(answer).get("ciphertext")
        if not isinstance(ciphertext, str) or not ciphertext.isascii() or not ciphertext:
            raise unavailable("what was encrypted is no text")
        return ciphertext.encode()

    def _decrypt(self, name: str, wrapped: bytes, associated: bytes) -> bytes | None:
        """Return the key in a wrap; None when the engine refuses the wrap, or does not know the name."""
        ciphertext = wrapped.decode("ascii", errors="replace")
        answer = self._ask("decrypt_data", name=name, ciphertext=ciphertext, associated_data=_text(associated))
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            return None
        if answer.status_code != HTTPStatus.OK:
            raise _refused(answer)
        plaintext = _data(answer).get("plaintext")
        try:
            key = b64decode(plaintext, validate=True) if isinstance(plaintext, str) else b""
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise unavailable(f"what was decrypted is no key of {KEY_BYTES} bytes")
        return key

    def _order(self, order: str, **of_what: Any) -> None:
        answer = self._ask(order, **of_what)
        if answer.status_code not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
            raise _refused(answer)

    def _ask(self, question: str, **of_what: Any) -> requests.Response:
        """Ask one question of the engine, by the name that hvac gives it, and return the answer whatever it is.

        Raises KeyServiceUnavailable when none comes in time. A token that is refused is read anew, once.
        """
        token = self._token
        answer = self._send(question, token, of_what)
        if answer.status_code == HTTPStatus.FORBIDDEN:
            self._token = self._newest_token()
            if self._token == token:
                raise _refused(answer)
            answer = self._send(question, self._token, of_what)
        return answer

    def _send(self, question: str, token: str, of_what: dict[str, Any]) -> requests.Response:
        client = self._client()
        client.token = token
        try:
            answer: requests.Response = getattr(client.secrets.transit, question)(
                mount_point=settings.TRANSIT_MOUNT, **of_what
            )
        except requests.RequestException as error:
            # Not its text, which may hold what was sent.
            raise unavailable(f"{question}: {type(error).__name__}") from error
        return answer

    def _client(self) -> Any:
        client = getattr(self._clients, "client", None)
        if client is None:
            client = self._clients.client = hvac.Client(
                url=settings.TRANSIT_ADDRESS,
                token=self._token,
                namespace=settings.TRANSIT_NAMESPACE or None,
                timeout=settings.KEY_SERVICE_TIMEOUT.total_seconds(),
                # The token would go along to wherever an answer points.
                allow_redirects=False,
                # GET with `list=true` in the place of the method LIST, which not every proxy lets through.
                strict_http=True,
                # hvac's own reading of answers trips over some that are none.
                adapter=RawAdapter,
                ignore_exceptions=True,
            )
        return client

    def _newest_token(self) -> str:
        """Return what stands in TRANSIT_TOKEN_FILE, which an agent writes anew; without a file, the token we have."""
        if settings.TRANSIT_TOKEN_FILE is None:
            return self._token
        try:
            return settings.TRANSIT_TOKEN_FILE.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise unavailable(f"TRANSIT_TOKEN_FILE: {type(error).__name__}") from error


def _key(answer: requests.Response, name: str) -> dict[str, Any]:
    key = _data(answer) if answer.status_code == HTTPStatus.OK else {}
    if key.get("name") != name:
        raise _refused(answer)
    return key


def _data(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise unavailable("the answer is not one of a transit engine")
    return data


def _refused(answer: requests.Response) -> Exception:
    # Not what it says, which may hold what was sent.
    return unavailable(f"the transit engine answered {answer.status_code} to {answer.request.method}")


def _unmarked(answer: requests.Response) -> Exception:
    detail = f"TRANSIT_MOUNT has no key {MARK}: is it the right one?"
    return unavailable(detail) if answer.status_code in (HTTPStatus.OK, HTTPStatus.NOT_FOUND) else _refused(answer)


def _text(content: bytes) -> str:
    return b64encode(content).decode()
