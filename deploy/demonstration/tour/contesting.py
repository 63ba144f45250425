"""The citizen says that a line looks wrong, and the privacy officer answers beside it."""

from uuid import UUID

from audit.models import Contest
from consent.models import Member, Role
from deploy.demonstration.read_catalogue import MUNICIPALITY
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal

CLAIM = "Ik heb deze toeslag nooit aangevraagd."
REPLY = "De aanvraag stond op uw naam. Wij hebben u de brief gestuurd."


def contest(journey: Journey) -> str:
    path = f"/my/history/{journey.accesses[0]}/"
    answer = journey.browser.submit(f"{path}contest/", {"words": CLAIM})
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    page = journey.browser.get(path)
    expect("the line says that it is contested", CLAIM in page.text, page.shortened())
    return f"an answer is due on {_contest(journey).due_on} at the latest"


def answer_as_privacy_officer(journey: Journey) -> str:
    officer = Member.objects.filter(
        organisation__oin=MUNICIPALITY, role=Role.PRIVACY_OFFICER, ended_at__isnull=True
    ).first()
    if officer is None:
        raise StepFailed(expected="a privacy officer of the municipality", received="nobody")
    browser, path = journey.browser, f"/oversight/contests/{_contest(journey).pk}/"
    browser.sign_in(str(officer.account_id))
    try:
        page = browser.get(path)
        expect_equal(f"{page.asked}: status", 200, page.status)
        expect("the privacy officer reads what the citizen says", CLAIM in page.text, page.shortened())
        for form in ({"do": "take"}, {"do": "answer", "outcome": "was-right", "words": REPLY}):
            answer = browser.submit(path, form, form_on=path)
            expect_equal(f"{answer.asked}, {form['do']}: status", 200, answer.status)
    finally:
        browser.sign_in(str(journey.citizen.account_id))
    expect_equal("state of the contest", "answered", _contest(journey).state)
    return f"answered by {officer.organisation.name}, role {officer.role}"


def read_the_answer(journey: Journey) -> str:
    page = journey.browser.get("/my/history/?kind=looked")
    expect("the answer beside the line", REPLY in page.text, page.shortened())
    entries = journey.browser.get("/api/v1/entries").member("results")
    about = [entry for entry in entries if entry["related"] == journey.accesses[0]]
    steps = {entry["action"] for entry in about if entry["action"].startswith("audit.contest-")}
    expect_equal("steps in the log", {f"audit.contest-{step}" for step in ("raised", "taken", "answered")}, steps)
    said = str(about)
    expect("no word of it in the log", CLAIM not in said and REPLY not in said, said)
    return f"it stands beside the line; the log has {len(steps)} steps and no word of what was written"


def _contest(journey: Journey) -> Contest:
    found = Contest.objects.about([UUID(journey.accesses[0])]).order_by("-pk").first()
    if found is None:
        raise StepFailed(expected=f"a contest of {journey.accesses[0]}", received="none")
    return found


STEPS = (
    Step("The citizen contests a line", contest),
    Step("The privacy officer answers", answer_as_privacy_officer),
    Step("… and the answer stands beside the line", read_the_answer),
)
