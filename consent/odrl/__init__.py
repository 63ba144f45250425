"""Terms as policies of ODRL 2.2, so that other programs can read what a citizen agreed to, and write it.

The service reads what it writes: the compact form of JSON-LD with one context. Whatever it cannot enforce it refuses,
because a condition that is dropped in silence makes a consent wider.
"""

from consent.odrl.profile import PROFILE
from consent.odrl.read import from_odrl
from consent.odrl.write import to_odrl

__all__ = ["PROFILE", "from_odrl", "to_odrl"]
