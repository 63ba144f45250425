"""Conditions: the citizen answers with an offer, shares a yes or no, pauses, and shares by the clock."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from consent.ask import Ask
from consent.decision import Decision, Grant, PurposeInForce, decide
from consent.lifecycle import State
from consent.models import Consent
from deploy.demonstration.read_catalogue import MUNICIPALITY
from deploy.demonstration.tour.journey import GRANTED, PURPOSE, Journey
from deploy.demonstration.tour.reading import expect_refusal, make_request, release
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal, expect_same_names

INCOME = "income#/inkomen"
QUESTION = "income-below-25000"
LIMIT = 25_000
# Without the last of what was granted before, and of the income only whether it is below an amount.
OFFERED = GRANTED[:-1]
OFFICE_HOURS = [{"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "until": "17:00"}]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def make_offer(journey: Journey) -> str:
    question = _open_question(journey)
    answer = journey.browser.change(
        f"/api/v1/consents/{question}/offers",
        {"language": "nl", "noticeHash": journey.purpose["noticeHash"], "terms": _terms()},
    )
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    expect_equal("state of the offer", "waiting", answer.member("state"))
    journey.offer_id = answer.member("id")
    # An offer is no yes: nothing can be read before it is accepted.
    expect_refusal(release(journey, make_request(journey, OFFERED)), by=("not-available",))
    return f"{len(OFFERED)} fields, of the income only “{QUESTION}”; until it is accepted nothing can be read"


def accept_offer(journey: Journey) -> str:
    answer = journey.system.post(f"/api/v1/offers/{journey.offer_id}/acceptances", {})
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    own = journey.browser.get(f"/api/v1/consents/{answer.member('id')}")
    expect_equal("state", "given", own.member("state"))
    expect_same_names("fields", OFFERED, own.member("terms", "fields"))
    expect_equal("answer only", {INCOME: QUESTION}, own.member("terms", "answerOnly"))
    journey.second_consent_id = UUID(own.member("id"))
    return "given on exactly the citizen's own terms"


def read_answer_only(journey: Journey) -> str:
    journey.request_id = make_request(journey, OFFERED)
    answer = release(journey, journey.request_id)
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    income = journey.expected_values()[INCOME]
    said = answer.member("answers", INCOME)
    expect_equal("the answer", {"derivation": QUESTION, "answer": income < LIMIT}, said)
    expect_same_names("fields with a value", [name for name in OFFERED if name != INCOME], answer.member("fields"))
    # As a number by itself: its digits can stand in an id.
    values = [value for value in answer.member("fields").values() if value == income and not isinstance(value, bool)]
    expect("no value of the income", not values, answer.member("fields"))
    return f"“{QUESTION}”: {'yes' if said['answer'] else 'no'}; the amount itself is not in the answer"


def pause(journey: Journey) -> str:
    path = f"/api/v1/consents/{journey.second_consent_id}"
    paused = journey.browser.change(f"{path}/pauses", {})
    expect_equal(f"{paused.asked}: status", 201, paused.status)
    expect_equal("state", "paused", paused.member("state"))
    refused = release(journey, journey.request_id)
    expect_refusal(refused, by=("consent-given",))
    resumed = journey.browser.change(f"{path}/resumptions", {})
    expect_equal("state", "given", resumed.member("state"))
    again = release(journey, journey.request_id)
    expect_equal(f"{again.asked}, after going on: status", 201, again.status)
    return f"paused: 403, {refused.member('detail')} After going on it is read again"


def narrow_to_office_hours(journey: Journey) -> str:
    path = f"/api/v1/consents/{journey.second_consent_id}"
    before = journey.browser.get(path)
    answer = journey.browser.change(
        f"{path}/narrowings",
        {"version": before.member("version"), "terms": {**before.member("terms"), "window": OFFICE_HOURS}},
    )
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    expect_equal("window", OFFICE_HOURS, answer.member("terms", "window"))
    return "from Monday to Friday, from 09:00 until 17:00 in Amsterdam"


def decide_by_the_clock(journey: Journey) -> str:
    """Ask the decision itself, with a clock that is given: nobody waits for the night."""
    assert journey.second_consent_id is not None
    consent = Consent.objects.get(pk=journey.second_consent_id)
    day, night = _next_weekday(hour=10), _next_weekday(hour=3)
    by_day, by_night = _decide(consent, day), _decide(consent, night)
    expect_equal(f"allowed on {day:%A %H:%M}", (True, ""), (by_day.allowed, by_day.reason))
    expect_equal(f"allowed on {night:%A %H:%M}", (False, "window"), (by_night.allowed, by_night.reason))
    refusing = [verdict.code for verdict in by_night.verdicts if not verdict.holds]
    expect_equal("conditions that refuse at night", ["window"], refusing)
    return f"the decision, told that it is {night:%a %H:%M}: refused by “window”; told {day:%a %H:%M}: allowed"


def _decide(consent: Consent, now: datetime) -> Decision:
    ask = Ask(
        fields=tuple(OFFERED),
        oin=MUNICIPALITY,
        department="Werk en Inkomen",
        role="requester",
        case="Z-1",
        now=now,
        uses_taken=consent.uses_taken,
    )
    purpose = PurposeInForce(retired=False, recipients=frozenset(consent.purpose_version.recipients))
    return decide(Grant(State(consent.state), consent.terms), purpose, ask)


def _next_weekday(*, hour: int) -> datetime:
    """Return that hour of the next Tuesday in Amsterdam, which is within the week that was offered."""
    today = timezone.localtime(timezone=AMSTERDAM)
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7 or 7)
    return tuesday.replace(hour=hour, minute=0, second=0, microsecond=0)


def _open_question(journey: Journey) -> str:
    """Return the id of the question for the purpose that waits for the citizen's answer."""
    answer = journey.browser.get("/api/v1/consents")
    for consent in answer.member("results"):
        if consent["purpose"] == PURPOSE and consent["state"] == "requested":
            return str(consent["id"])
    raise StepFailed(expected=f"a question for {PURPOSE}", received=answer.shortened())


def _terms() -> dict[str, object]:
    return {
        "validUntil": (datetime.now(UTC) + timedelta(days=14)).isoformat(),
        "fields": list(OFFERED),
        "uses": 5,
        "recipients": [{"oin": MUNICIPALITY, "department": "Werk en Inkomen"}],
        "answerOnly": {INCOME: QUESTION},
    }


STEPS = (
    Step("Asked again, the citizen makes an offer instead", make_offer),
    Step("The municipality accepts the offer", accept_offer),
    Step("A yes or no is read, and not the amount", read_answer_only),
    Step("The citizen pauses, and goes on", pause),
    Step("The citizen narrows it to office hours", narrow_to_office_hours),
    Step("It refuses at night and allows by day", decide_by_the_clock),
)
