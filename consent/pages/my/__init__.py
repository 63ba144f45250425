"""The citizen's own pages: what is asked of me, what I share, who looked, choosing, changing and stopping."""

from consent.pages.my.answer import my_purpose, take_back
from consent.pages.my.approvals import my_approval
from consent.pages.my.consent import my_consent, pause, resume
from consent.pages.my.narrow import narrow
from consent.pages.my.overview import ended, history, my
from consent.pages.my.renew import renew

__all__ = [
    "ended",
    "history",
    "my",
    "my_approval",
    "my_consent",
    "my_purpose",
    "narrow",
    "pause",
    "renew",
    "resume",
    "take_back",
]
