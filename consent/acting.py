"""Who acts: a citizen, or somebody with a mandate of that citizen."""

from dataclasses import dataclass

from consent.models import Citizen, Mandate


@dataclass(frozen=True, slots=True)
class Acting:
    """Whose data and consents it is about, and the mandate when another citizen acts for that one.

    Services take both, as `citizen` and `mandate`, and check the mandate again inside their own transaction.
    """

    citizen: Citizen
    mandate: Mandate | None = None
