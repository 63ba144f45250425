"""A key service in a token that speaks PKCS#11 (OASIS, version 2.40): a hardware security module, or SoftHSM.

A key is an AES-256 key that the token made and does not hand out; a wrap is nonce (12 bytes), ciphertext and tag
(16 bytes) of CKM_AES_GCM.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import pkcs11
from django.conf import settings
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, PKCS11Error
from pkcs11.mechanisms import GCMParams

from consent.errors import DoesNotOpen, KeyDestroyed
from consent.keys.envelope import KEY_BYTES
from consent.keys.service.lane import Lane
from consent.keys.service.naming import MARK, checked_name
from consent.keys.unavailable import unavailable

Result = TypeVar("Result")

_NONCE_BYTES = 12
_TAG_BYTES = 16
# What a key must be, and what a key that somebody else made under its name is held against.
_LOCKED_IN = {
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.COPYABLE: False,
    Attribute.MODIFIABLE: False,
}
_PIN_REFUSED = (
    pkcs11.PinExpired,
    pkcs11.PinIncorrect,
    pkcs11.PinInvalid,
    pkcs11.PinLenRange,
    pkcs11.PinLocked,
    pkcs11.UserPinNotInitialized,
)
_PAUSE_SECONDS = 0.05

# A module of PKCS#11 is one for the whole process, its calls cannot be interrupted, and python-pkcs11 keeps a session
# locked after an error: so all of it happens in one thread.
_lane = Lane()
os.register_at_fork(after_in_child=_lane.begin_anew)


class _Trouble(PKCS11Error):
    """The token does not do what it should; the text says what for the operator."""


class Pkcs11KeyService:
    """Keys in the token PKCS11_TOKEN of the module PKCS11_MODULE, opened with PKCS11_PIN."""

    def __init__(self) -> None:
        self._session: pkcs11.Session | None = None
        self._pin_refused = False

    def create(self, name: str) -> None:
        checked_name(name)

        def create(session: pkcs11.Session) -> None:
            for label in (MARK, name):
                for key in _keys(session, label) or [_generate(session, label)]:
                    _see_that_it_is_locked_in(key, label)

        self._ask(create)

    def wrap(self, name: str, key: bytes, associated: bytes) -> bytes:
        checked_name(name)

        def wrap(session: pkcs11.Session) -> bytes:
            epoch_key = _living_keys(session, name)[0]
            wrapped = _encrypt(epoch_key, key, associated)
            # What would not open again is found out now, and not when the key itself is needed.
            if _decrypt(epoch_key, wrapped, associated) != key:
                raise _Trouble("a wrap does not open again")
            return wrapped

        return self._ask(wrap)

    def unwrap(self, name: str, wrapped: bytes, associated: bytes) -> bytes:
        checked_name(name)

        def unwrap(session: pkcs11.Session) -> bytes:
            epoch_keys = _living_keys(session, name)
            for epoch_key in epoch_keys:
                with suppress(PKCS11Error):
                    key = _decrypt(epoch_key, wrapped, associated)
                    break
            else:
                # Modules say the same of a changed wrap and of a broken token, so: do the keys do their work?
                for epoch_key in epoch_keys:
                    _prove(epoch_key)
                raise DoesNotOpen
            if len(key) != KEY_BYTES:
                raise _Trouble(f"an unwrapped key has {len(key)} bytes")
            return key

        return self._ask(unwrap)

    def names(self) -> list[str]:
        def names(session: pkcs11.Session) -> list[str]:
            labels = {found[Attribute.LABEL] for found in _keys(session)}
            if MARK not in labels:
                raise _Trouble(f"the token has no key {MARK}: is it the right one, and were keys started?")
            return sorted(labels - {MARK})

        return self._ask(names)

    def destroy(self, name: str) -> None:
        checked_name(name)

        def destroy(session: pkcs11.Session) -> None:
            _see_mark(session)
            for found in _keys(session, name):
                found.destroy()
            if _keys(session, name):
                raise _Trouble(f"the key {name} is still there after it was destroyed")

        self._ask(destroy)

    def _ask(self, question: Callable[[pkcs11.Session], Result]) -> Result:
        """Ask the token within KEY_SERVICE_TIMEOUT; raise KeyServiceUnavailable when that fails."""
        seconds = settings.KEY_SERVICE_TIMEOUT.total_seconds()
        try:
            return _lane.run(lambda: self._ask_in_session(question), seconds=seconds)
        except TimeoutError:
            raise unavailable(f"the token did not answer within {seconds:g} seconds") from None
        except _Trouble as trouble:
            raise unavailable(str(trouble)) from trouble
        # ValueError: a label that is no UTF-8, or a kind of thing that PKCS#11 does not know.
        except (PKCS11Error, ValueError) as error:
            raise unavailable(f"the token failed: {type(error).__name__} {error}".rstrip()) from error

    def _ask_in_session(self, question: Callable[[pkcs11.Session], Result]) -> Result:
        """Ask in the session that is open; in a new one when it has died; and once more when a token falters.

        SoftHSM does, for a moment, while another process changes its keys.
        """
        kept, self._session = self._session, None
        if kept is not None:
            with suppress(PKCS11Error):
                kept.generate_random(64)
                return self._keep(kept, question)
        try:
            return self._keep(self._open(), question)
        except PKCS11Error:
            if self._pin_refused:
                raise
        time.sleep(_PAUSE_SECONDS)
        return self._keep(self._open(), question)

    def _keep(self, session: pkcs11.Session, question: Callable[[pkcs11.Session], Result]) -> Result:
        """Ask, and keep the session for the next question unless the token failed."""
        try:
            answer = question(session)
        except PKCS11Error:
            raise
        except Exception:
            self._session = session
            raise
        self._session = session
        return answer

    def _open(self) -> pkcs11.Session:
        if self._pin_refused:
            # A token locks itself for good after a few wrong PINs.
            raise _Trouble("the token refused PKCS11_PIN; it is not tried again before a restart")
        module = pkcs11.lib(str(settings.PKCS11_MODULE))
        # Also what a parent process opened, and what a token that went away left.
        with suppress(PKCS11Error):
            module.finalize()
        module.initialize()
        token = module.get_token(token_label=settings.PKCS11_TOKEN)
        try:
            return token.open(rw=True, user_pin=settings.PKCS11_PIN)
        except _PIN_REFUSED:
            self._pin_refused = True
            raise


def _keys(session: pkcs11.Session, label: str | None = None) -> list[Any]:
    """Return the secret keys in the token, or those with a label."""
    wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.TOKEN: True}
    if label is not None:
        wanted[Attribute.LABEL] = label
    return list(session.get_objects(wanted))


def _living_keys(session: pkcs11.Session, name: str) -> list[Any]:
    """Return the keys of a name, one or more; raise KeyDestroyed when it is certain that there is none.

    A token lets several keys have one label, and two processes that make it at once may both do so. Then all of them
    are the key: any wraps, one of them unwraps, and destroying ends all.
    """
    found = _keys(session, name)
    if not found:
        _see_mark(session)
        raise KeyDestroyed
    return found


def _see_mark(session: pkcs11.Session) -> None:
    if not _keys(session, MARK):
        raise _Trouble(f"the token has no key {MARK}: is it the right one, and were keys started?")


def _generate(session: pkcs11.Session, label: str) -> Any:
    return session.generate_key(
        KeyType.AES,
        KEY_BYTES * 8,
        id=os.urandom(16),
        label=label,
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template=_LOCKED_IN,
    )


def _see_that_it_is_locked_in(key: Any, label: str) -> None:
    if any(key[attribute] != value for attribute, value in _LOCKED_IN.items()):
        raise _Trouble(f"the key {label} was made by others, who could take it out of the token")


def _encrypt(key: Any, plaintext: bytes, associated: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    sealed = key.encrypt(plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, associated))
    if len(sealed) != len(plaintext) + _TAG_BYTES:
        raise _Trouble(f"a wrap of {len(plaintext)} bytes has {len(sealed)}")
    return nonce + bytes(sealed)


def _decrypt(key: Any, wrapped: bytes, associated: bytes) -> bytes:
    nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    return bytes(key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, associated)))


def _gcm(nonce: bytes, associated: bytes) -> GCMParams:
    return GCMParams(nonce, associated, _TAG_BYTES * 8)


def _prove(key: Any) -> None:
    """Raise PKCS11Error when the key does not open what it sealed a moment ago."""
    probe = os.urandom(KEY_BYTES)
    if _decrypt(key, _encrypt(key, probe, b"probe"), b"probe") != probe:
        raise _Trouble("the key does not open what it sealed")
