"""What happens to a consent between the yes and the end, and the end itself."""

from consent.services.change.end import end_consent, withdraw_consent
from consent.services.change.narrow import narrow_consent
from consent.services.change.pause import pause_consent, resume_consent
from consent.services.change.postpone import postpone_consent
from consent.services.change.renew import renew_consent

__all__ = [
    "end_consent",
    "narrow_consent",
    "pause_consent",
    "postpone_consent",
    "renew_consent",
    "resume_consent",
    "withdraw_consent",
]
