"""The citizen withdraws, and the data is out of everybody's reach."""

from uuid import UUID

from consent.errors import DoesNotOpen, KeyDestroyed
from consent.keys.consent_key import find_consent_key
from consent.keys.models import ConsentKey
from consent.keys.ring import open_purpose_key
from deploy.demonstration.tour.journey import GRANTED, Journey
from deploy.demonstration.tour.reading import expect_refusal, make_request, release
from deploy.demonstration.tour.step import Step, StepFailed, expect_equal, expect_same_names
from sharing.models import SealedItem
from sharing.services.copies import open_item


def withdraw(journey: Journey) -> str:
    # The same code that must fail afterwards opens the copies now; else its failing would show nothing.
    copies = _open_without_asking(_consent_id(journey))
    expect_same_names("fields in the sealed copies", GRANTED, copies)
    answer = journey.browser.change(f"/api/v1/consents/{journey.consent_id}/withdrawals", {})
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    expect_equal("state", "withdrawn", answer.member("state"))
    return f"state {answer.member('state')}, ended {answer.member('endedAt')[:19]}"


def refuse_after_withdrawal(journey: Journey) -> str:
    answer = release(journey, journey.request_id)
    expect_refusal(answer, by=("consent-given", "uses"))
    # A new request reaches a citizen who has said nothing to it: staff learn no more than that.
    expect_refusal(release(journey, make_request(journey)), by=("not-available",))
    return f"403, condition “consent-given”: {answer.member('detail')}"


def fail_to_open_sealed_item(journey: Journey) -> str:
    consent_id = _consent_id(journey)
    try:
        _open_without_asking(consent_id)
    except KeyDestroyed:
        pass
    else:
        raise StepFailed(expected="KeyDestroyed", received="the sealed copies opened")
    items = list(SealedItem.objects.filter(consent_id=consent_id))
    key = ConsentKey.objects.get(consent_id=consent_id)
    assert key.purpose_key_id is not None, "its epoch is not emptied yet"
    for item in items:
        # The key one level up is still there, and is of no use for what the destroyed one sealed.
        try:
            open_item(item, consent_key=open_purpose_key(key.purpose_key_id))
        except DoesNotOpen:
            continue
        raise StepFailed(expected="DoesNotOpen", received="the purpose key opened a sealed copy")
    return f"{len(items)} sealed copies are still there; KeyDestroyed, and the purpose key opens none"


def _open_without_asking(consent_id: UUID) -> set[str]:
    """Open the copies of a consent with no decision and no log, as a program that broke the rules would."""
    key = find_consent_key(consent_id)
    items = SealedItem.objects.filter(consent_id=consent_id)
    return {name for item in items for name in open_item(item, consent_key=key)}


def _consent_id(journey: Journey) -> UUID:
    assert journey.consent_id is not None
    return journey.consent_id


STEPS = (
    Step("The citizen withdraws", withdraw),
    Step("The next request is refused", refuse_after_withdrawal),
    Step("Nobody opens the sealed copies any more", fail_to_open_sealed_item),
)
