"""Whether the key service does its work: not only that it answers, but that it opens what is sealed today."""

from consent.keys.envelope import KEY_BYTES
from consent.keys.epoch import current_epoch
from consent.keys.models import PurposeKey
from consent.keys.ring import purpose_binding
from consent.keys.service import key_service
from consent.keys.unavailable import unavailable


def prove_key_service() -> None:
    """Unwrap the newest purpose key of the current epoch, past the memory of opened keys.

    Where the epoch has none yet, its own key must be named. Raises what `KeyService.unwrap` raises.
    """
    epoch = current_epoch()
    newest = PurposeKey.objects.filter(epoch=epoch).order_by("-pk").first()
    if newest is None:
        if epoch.key_name not in key_service().names():
            raise unavailable(f"{epoch.key_name} is not in the key service")
        return
    key = key_service().unwrap(epoch.key_name, bytes(newest.wrapped), purpose_binding(newest))
    if len(key) != KEY_BYTES:
        raise unavailable(f"a purpose key has {len(key)} bytes")
