"""No identifier that we add lets two purposes join their data."""

from typing import Any
from uuid import UUID

from consent.models import Purpose
from consent.services.answer import grant_consent
from sharing.api.releases import released_body
from sharing.services.release import release
from sharing.services.request import create_request
from tests.cast import ANNA_BSN, SIZE, Cast
from tests.purposes import publish


def release_for(cast: Cast, purpose: str) -> dict[str, Any]:
    actor = cast.daan.as_actor()
    request = create_request(actor=actor, purpose=purpose, fields=[SIZE], case="Z-1", bsn=ANNA_BSN)
    return released_body(release(actor=actor, request_id=request.pk, idempotency_key=f"key-{purpose}"))


def identifiers(body: dict[str, Any]) -> set[str]:
    """Return every text in an answer that could point at one person or thing."""
    found: set[str] = set()
    for value in body.values():
        if isinstance(value, dict):
            found |= identifiers(value)
        elif isinstance(value, str) and (len(value) == 64 or _is_uuid(value)):
            found.add(value)
    return found


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def second_purpose(cast: Cast) -> None:
    version = publish(cast, "waste")
    grant_consent(
        citizen=cast.anna,
        purpose_version_id=version.pk,
        terms=cast.terms(fields=[SIZE]),
        language="nl",
        notice_hash=version.notice_hashes["nl"],
    )


def test_two_releases_about_one_person_share_no_identifier(cast: Cast) -> None:
    cast.grant()
    second_purpose(cast)
    assert Purpose.objects.count() == 2
    energy, waste = release_for(cast, "energy-allowance"), release_for(cast, "waste")
    assert energy["fields"] == waste["fields"]
    assert not identifiers(energy) & identifiers(waste)
    assert energy["pseudonym"] in identifiers(energy)


def test_the_name_in_the_log_is_no_purposes_name(cast: Cast) -> None:
    cast.grant()
    assert cast.anna.log_subject not in identifiers(release_for(cast, "energy-allowance"))
