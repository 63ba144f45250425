"""The citizen whose pages are measured, and how many queries they take; each a process of its own.

`python -m tests.bench.consent.anna make` prints {"cookie": "name=value"}, `... queries <path>...` [a number a path].
"""

import json
import sys
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 the apps must be loaded
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from consent.models import Account, LegalBasis  # noqa: E402
from consent.services.answer import grant_consent, refuse_purpose  # noqa: E402
from consent.services.change import withdraw_consent  # noqa: E402
from sharing.services.release import release  # noqa: E402
from tests.cast import SIZE, Cast, make_cast  # noqa: E402
from tests.pages import signed_in  # noqa: E402
from tests.purposes import publish  # noqa: E402

PURPOSES = 12
GRANTED = 5
READS = 25


def make() -> str:
    """Publish a dozen purposes, let Anna give five consents, refuse, stop and be asked; return her session's cookie."""
    cast = make_cast()
    versions = [
        publish(
            cast,
            f"purpose-{number}",
            legal_basis=LegalBasis.CONSENT,
            power_imbalance_assessment="Who says no applies on paper.",
        )
        for number in range(1, PURPOSES)
    ]
    cast.grant(uses=1000)
    granted = [
        grant_consent(
            citizen=cast.anna,
            purpose_version_id=version.pk,
            terms={
                "validUntil": (timezone.now() + timedelta(days=7)).isoformat(),
                "fields": [SIZE],
                "recipients": [{"oin": cast.municipality.oin}],
            },
            language="nl",
            notice_hash=version.notice_hashes["nl"],
        )
        for version in versions[:GRANTED]
    ]
    withdraw_consent(citizen=cast.anna, consent_id=granted[-1].pk)
    refuse_purpose(citizen=cast.anna, purpose_version_id=versions[GRANTED].pk)
    _read(cast)
    session = signed_in(cast.anna.account).cookies[settings.SESSION_COOKIE_NAME]
    return f"{session.key}={session.value}"


def count_queries(paths: list[str]) -> list[int]:
    """Return how many statements each page takes, once what is read once a process is in memory."""
    browser = signed_in(Account.objects.get(citizen__isnull=False, display_name="Anna de Vries"))
    counts = []
    for path in paths:
        for _time in range(2):
            with CaptureQueriesContext(connection) as captured:
                answer = browser.get(path, secure=True, headers={"host": "127.0.0.1"})
            assert answer.status_code == 200, answer.content
        counts.append(len(captured))
    return counts


def _read(cast: Cast) -> None:
    """Fill the timeline that the overview shows."""
    asked = cast.ask()
    for number in range(READS):
        release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=f"read-{number}")


if __name__ == "__main__":
    said = {"cookie": make()} if sys.argv[1] == "make" else count_queries(sys.argv[2:])
    sys.stdout.write(json.dumps(said) + "\n")
