"""Staff ask for the citizen's data and read it, as often as the citizen allowed."""

import secrets

from deploy.demonstration.client_secrets import ClientSecrets
from deploy.demonstration.tour.journey import GRANTED, PURPOSE, USES, Journey
from deploy.demonstration.tour.service import Answer
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal, expect_same_names

CLIENT = "voorbeeldstad-inkomen"
SCOPE = "requests:write releases:write"


def get_token(journey: Journey) -> str:
    secrets_of_clients = ClientSecrets()
    secret = secrets_of_clients.known_secret(CLIENT)
    if secret is None:
        raise StepFailed(expected=f"a secret of {CLIENT} in {secrets_of_clients.file}", received="none")
    answer = journey.system.get_token(client_id=CLIENT, client_secret=secret, scope=SCOPE)
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    return f"for {CLIENT}: {answer.member('scope')}"


def request_data(journey: Journey) -> str:
    journey.request_id = make_request(journey)
    return f"case {journey.case}, {len(GRANTED)} fields"


def read_first_time(journey: Journey) -> str:
    answer = _read(journey, use=1)
    values = ", ".join(f"{name.rpartition('/')[2]} {value}" for name, value in answer.member("fields").items())
    return f"exactly the granted fields: {values}"


def read_second_time(journey: Journey) -> str:
    answer = _read(journey, use=2)
    return f"the same fields, {answer.member('usesLeft')} uses left"


def refuse_third_time(journey: Journey) -> str:
    answer = release(journey, journey.request_id)
    expect_refusal(answer, by=("uses",))
    journey.refusal = answer.member("entryId")
    return f"403, condition “uses”: {answer.member('detail')}"


def make_request(journey: Journey, fields: tuple[str, ...] = GRANTED) -> str:
    """Ask for fields of the citizen, those that were granted unless told otherwise; return the request's id."""
    answer = journey.system.post(
        "/api/v1/requests",
        {
            "purpose": PURPOSE,
            "subject": {"bsn": journey.person.bsn},
            "fields": list(fields),
            "case": journey.case,
        },
    )
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    return str(answer.member("id"))


def release(journey: Journey, request_id: str) -> Answer:
    return journey.system.post(
        "/api/v1/releases", {"requestId": request_id}, Idempotency_Key=f"tour-{secrets.token_hex(16)}"
    )


def expect_refusal(answer: Answer, *, by: tuple[str, ...]) -> None:
    """Fail unless the answer is a refusal without data, by exactly the conditions with the codes `by`, in words."""
    expect_equal(f"{answer.asked}: status", 403, answer.status)
    expect_equal("code", "release-refused", answer.member("code"))
    expect("no data in a refusal", "fields" not in answer.body, sorted(answer.body))
    refusing = [verdict.get("code") for verdict in answer.verdicts() if not verdict.get("holds")]
    expect_equal("conditions that refused", list(by), refusing)
    expect("a sentence that says why", bool(answer.member("detail")), answer.member("detail"))


def _read(journey: Journey, *, use: int) -> Answer:
    answer = release(journey, journey.request_id)
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    expect_same_names("released fields", GRANTED, answer.member("fields"))
    expect_equal("values", journey.expected_values(), answer.member("fields"))
    expect_equal("uses left", USES - use, answer.member("usesLeft"))
    journey.accesses.append(answer.member("entry", "id"))
    return answer


STEPS = (
    Step("A system of the municipality gets a token", get_token),
    Step("Staff request the citizen's data for a case", request_data),
    Step("First use", read_first_time),
    Step("Second use", read_second_time),
    Step("Third use is refused, and says why", refuse_third_time),
)
