"""The key that signs receipts, in one file, with the public halves of those that did so before.

The file is a JWK Set (RFC 7517 section 5). Its first key is private and signs; the others are public and only let older
receipts be verified: a rotation forgets the private half, so that nobody can sign with it afterwards. A key's id
is its thumbprint (RFC 7638), so that nobody can give two keys one name.
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from audit.durable_file import replace_file, write_new
from consent.errors import ReceiptKeyUnusable

ALGORITHM = "Ed25519"
"""RFC 9864's name for it: unlike EdDSA it says which curve, so that a header leaves nothing to choose."""


def create_key_file(file: Path) -> OKPKey:
    """Generate the first key. Raise FileExistsError when there is one: without it older receipts prove nothing."""
    key = _generate()
    write_new(file, _dump([key.as_dict(private=True)]), mode=0o600)
    return key


def rotate_key_file(file: Path) -> OKPKey:
    """Sign with a fresh key from here on, and keep the public halves of the others. Raise ReceiptKeyUnusable."""
    older = [key.as_dict(private=False) for key in _read(file)]
    key = _generate()
    replace_file(file, _dump([key.as_dict(private=True), *older]))
    return key


def load_signing_key() -> OKPKey:
    """Read the key that signs, or raise ReceiptKeyUnusable."""
    return _read(Path(settings.RECEIPT_SIGNING_KEY_FILE))[0]


def public_keys() -> list[dict[str, Any]]:
    """Return the public halves of all keys as JWKs, the one that signs first; or raise ReceiptKeyUnusable."""
    return [
        {**key.as_dict(private=False), "kid": key.thumbprint(), "alg": ALGORITHM, "use": "sig"}
        for key in _read(Path(settings.RECEIPT_SIGNING_KEY_FILE))
    ]


def _generate() -> OKPKey:
    return OKPKey.generate_key("Ed25519")


def _read(file: Path) -> list[OKPKey]:
    try:
        # Read each time: after a rotation every process signs with the fresh key, without a restart.
        members = json.loads(file.read_text(encoding="utf-8"))["keys"]
        keys = [OKPKey.import_key(member) for member in members]
        usable = bool(keys) and keys[0].is_private and all(key.curve_name == "Ed25519" for key in keys)
    except (OSError, ValueError, TypeError, KeyError, JoseError):
        # Without its cause, whose text may repeat a part of the key.
        usable = False
    if not usable:
        raise ReceiptKeyUnusable(
            detail=_("There is no readable key in %(file)s; make one with: manage.py create_receipt_key")
            % {"file": file}
        )
    return keys


def _dump(members: list[dict[str, Any]]) -> str:
    return json.dumps({"keys": members}, indent=1) + "\n"
