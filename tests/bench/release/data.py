"""What `deploy/bench release` reads: citizens who share one record of 1 KiB each. Needs Django's environment set."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402 the apps must be loaded
from django.test.client import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from consent.bsn import is_bsn  # noqa: E402
from consent.services.citizens import find_or_register_citizen  # noqa: E402
from sharing.services.vault import store_record  # noqa: E402
from tests.api import token_for  # noqa: E402
from tests.bench.release.floor import seal_floor_row  # noqa: E402
from tests.cast import SIZE, make_cast  # noqa: E402

RECORD_BYTES = 1024


@dataclass(frozen=True, slots=True)
class ReleaseData:
    """A token, one request a citizen for ours, one row a citizen for the floor."""

    token: str
    request_ids: list[UUID]
    consent_ids: list[UUID]


def make_release_data(*, citizens: int) -> ReleaseData:
    """Register citizens, let them grant, and ask for their data, all through the services."""
    cast = make_cast(household={"size": {"type": "string"}})
    bsns = [str(number) for number in range(999_990_000, 999_999_999) if is_bsn(str(number))][:citizens]
    request_ids, consent_ids = [], []
    for number, bsn in enumerate(bsns):
        citizen = find_or_register_citizen(bsn=bsn, display_name=f"Citizen {number}")
        store_record(citizen=citizen, dataset_version=cast.household, content={"size": "x" * RECORD_BYTES})
        consent = cast.grant(citizen, fields=[SIZE])
        request_ids.append(cast.ask(SIZE, bsn=bsn).pk)
        consent_ids.append(consent.pk)
        seal_floor_row(consent.pk, b"x" * RECORD_BYTES)
    token = token_for(cast.municipal_system, lasts=timedelta(days=1))
    return ReleaseData(token, request_ids, consent_ids)


def count_queries(data: ReleaseData) -> int:
    """Return how many statements one release takes, once the purpose key is in memory."""
    browser = Browser()

    def release(key: str) -> None:
        answer = browser.post(
            "/api/v1/releases",
            {"requestId": str(data.request_ids[0])},
            content_type="application/json",
            headers={
                "host": "127.0.0.1",
                "authorization": f"Bearer {data.token}",
                "idempotency-key": key,
                "x-forwarded-proto": "https",
            },
        )
        assert answer.status_code == 201, answer.content

    release("count-1")
    with CaptureQueriesContext(connection) as captured:
        release("count-2")
    return len(captured)
