"""The citizen sees who looked."""

from typing import Any

from deploy.demonstration.tour.journey import GRANTED, Journey
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal, expect_same_names


def see_entries(journey: Journey) -> str:
    answer = journey.browser.get("/api/v1/entries", consent=str(journey.consent_id))
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    seen = {entry["id"]: entry for entry in answer.member("results")}
    for access in journey.accesses:
        _expect_entry(seen, access, outcome="allowed", reason="")
    _expect_entry(seen, journey.refusal, outcome="refused", reason="uses")
    granted = [entry for entry in seen.values() if entry["action"] == "consent.granted"]
    expect_equal("entries of the grant", 1, len(granted))
    organisation, role = seen[journey.refusal]["organisationName"], seen[journey.refusal]["role"]
    return f"grant, {len(journey.accesses)} accesses, 1 refusal; by {organisation}, role {role}"


def see_page(journey: Journey) -> str:
    page = journey.browser.get("/my/")
    expect_equal("GET /my/: status", 200, page.status)
    mentioned = page.text.count(journey.case)
    # The request, two accesses, one refusal.
    expect("the case four times on the page", mentioned >= 4, f"{mentioned} times")
    return f"case {journey.case} stands {mentioned} times on /my/"


def _expect_entry(seen: dict[str, Any], entry_id: str, *, outcome: str, reason: str) -> None:
    if entry_id not in seen:
        raise StepFailed(expected=f"entry {entry_id} in the timeline", received=", ".join(seen) or "no entries")
    entry = seen[entry_id]
    expect_equal(f"outcome of {entry_id}", outcome, entry["outcome"])
    expect_equal(f"reason of {entry_id}", reason, entry["reason"])
    expect_same_names("fields", GRANTED, entry["fields"])
    # Who received it stands there; which employee it was is disclosed by rule only (CJEU C-579/21).
    expect("an organisation and a role", bool(entry["organisationName"] and entry["role"]), entry)
    expect("no name of an employee", not {"user", "userSealed"} & set(entry), sorted(entry))


STEPS = (
    Step("The citizen sees all of it in the timeline", see_entries),
    Step("… and on the page", see_page),
)
