"""The citizen's own pages: what is asked of me, what I share, who looked, choosing, changing and stopping."""

from consent.pages.my.answer import my_purpose, take_back
from consent.pages.my.approvals import my_approval
from consent.pages.my.checking import check, check_line, check_line_proofs, check_proofs
from consent.pages.my.consent import my_consent, pause, resume
from consent.pages.my.contesting import contest, take_contest_back
from consent.pages.my.lines import history, history_proofs, line_proof, my_line
from consent.pages.my.narrow import narrow
from consent.pages.my.overview import ended, my
from consent.pages.my.renew import renew

__all__ = [
    "check",
    "check_line",
    "check_line_proofs",
    "check_proofs",
    "contest",
    "ended",
    "history",
    "history_proofs",
    "line_proof",
    "my",
    "my_approval",
    "my_consent",
    "my_line",
    "my_purpose",
    "narrow",
    "pause",
    "renew",
    "resume",
    "take_back",
    "take_contest_back",
]
