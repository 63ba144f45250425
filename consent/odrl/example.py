"""One agreement with most terms in it, as the page about the profile shows it and the tests read it."""

from typing import Any

from consent.odrl.write import to_odrl
from consent.terms import Terms

_OIN = "00000001234567890000"


def example() -> dict[str, Any]:
    terms = Terms.parse(
        {
            "validUntil": "2027-01-01T00:00:00+01:00",
            "fields": ["household#/size", "person#/birthDate"],
            "answerOnly": {"person#/birthDate": "adult"},
            "usesPerPeriod": {"limit": 1, "period": "month"},
            "window": [{"days": ["monday", "friday"], "from": "09:00", "until": "17:00"}],
            "recipients": [{"oin": _OIN, "department": "werk-en-inkomen"}],
            "keep": {"days": 30},
            "askMe": True,
        }
    )
    return to_odrl(
        terms,
        uid="urn:uuid:0193a1f6-0000-7000-8000-000000000000",
        assigner="dw:pseudonym/6c1f",
        assignee=f"dw:organisation/{_OIN}",
        purpose="https://deelwijs.example/register/energy-allowance/",
    )
