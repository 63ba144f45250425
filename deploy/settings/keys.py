"""Who keeps the epoch keys, how long one is used, and the key that signs receipts."""

from datetime import timedelta

from deploy.key_service import key_service
from deploy.settings.given import environment

_keys = key_service(environment)
KEY_SERVICE = _keys.kind
KEY_SERVICE_FOLDER = _keys.folder
KEY_SERVICE_TIMEOUT = _keys.timeout
PKCS11_MODULE = _keys.pkcs11_module
PKCS11_TOKEN = _keys.pkcs11_token
PKCS11_PIN = _keys.pkcs11_pin
TRANSIT_ADDRESS = _keys.transit_address
TRANSIT_TOKEN = _keys.transit_token
TRANSIT_TOKEN_FILE = _keys.transit_token_file
TRANSIT_MOUNT = _keys.transit_mount
TRANSIT_NAMESPACE = _keys.transit_namespace
KEY_EPOCH_LENGTH = environment.duration(
    "KEY_EPOCH_LENGTH",
    "how long new keys are wrapped under the same epoch key",
    default=timedelta(days=30),
    most=timedelta(days=366),
)
# Two epochs at the least: the current one, and the one that a backup may still need.
ERASURE_HORIZON = environment.duration(
    "ERASURE_HORIZON",
    "how long after its end a key can still be had from a backup, at the most",
    default=2 * KEY_EPOCH_LENGTH,
    most=timedelta(days=732),
)
# A sixteenth of what AES-GCM bears with random nonces: the count leaves out what was rolled back.
KEY_MOST_WRAPS = 2**28
RECEIPT_SIGNING_KEY_FILE = environment.path("RECEIPT_SIGNING_KEY_FILE", "the file of the key that signs receipts")
