"""Reading a purpose file: nothing of it is believed before its signature is."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from consent.errors import InvalidPurposeFile
from consent.purpose_file.content import check_content
from consent.receipts.signing import media_type
from consent.receipts.signing_key import ALGORITHM


def read_purpose_file(text: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a file that one of `keys` (a JWK Set, RFC 7517) signed as a purpose.

    `keys` is what the exporter publishes at /receipts/keys.json, got from there and not from who sent the file. Raises
    InvalidPurposeFile for a key that is not among them, for changed bytes and for what is no purpose.
    """
    text = text.strip()
    try:
        header = jws.extract_compact(text.encode()).headers()
    except (JoseError, ValueError, UnicodeError):
        raise InvalidPurposeFile(_("This is not a signed file.")) from None
    if header.get("typ") != media_type("purpose"):
        raise InvalidPurposeFile(_("This file was not signed as a purpose."))
    key = _key(keys, header.get("kid"))
    try:
        payload = jws.deserialize_compact(text, key, algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError):
        detail = _("The signature does not fit: the file was changed after it was signed.")
        raise InvalidPurposeFile(detail) from None
    try:
        content = json.loads(payload)
    except ValueError:
        raise InvalidPurposeFile(_("The signed text is not JSON.")) from None
    return check_content(content)


def _key(keys: Mapping[str, Any], wanted: object) -> OKPKey:
    try:
        known = [OKPKey.import_key(member) for member in keys["keys"]]
    except (JoseError, KeyError, TypeError, ValueError):
        raise InvalidPurposeFile(_("The file of keys is not a JWK Set.")) from None
    for key in known:
        # The name of a key is its thumbprint, worked out here: a set cannot give another key that name.
        if key.thumbprint() == wanted:
            return key
    detail = _("The key that signed this file is not among the keys that you gave: %(key)s") % {"key": wanted}
    raise InvalidPurposeFile(detail)
