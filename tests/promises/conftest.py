from tests.cast import cast, committed_cast
from tests.consent.keys.apart import apart_cast, keystore_apart

__all__ = ["apart_cast", "cast", "committed_cast", "keystore_apart"]
