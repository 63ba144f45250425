"""A child under 16 is asked, and a parent answers."""

from datetime import UTC, datetime, timedelta

from consent.models import Citizen, Mandate
from consent.services.citizens import find_citizen
from deploy.demonstration.people.citizens import MILAN
from deploy.demonstration.read_catalogue import MUNICIPALITY
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.service import Answer
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal

PURPOSE = "street-works-notice"


def refuse_the_child(journey: Journey) -> str:
    child = _child()
    journey.browser.sign_in(str(child.account_id))
    answer = _say_yes(journey)
    expect_equal(f"{answer.asked}, by the child: status", 403, answer.status)
    expect_equal("code", "guardian-required", answer.member("code"))
    return f"403: {answer.member('detail')}"


def grant_as_guardian(journey: Journey) -> str:
    child = _child()
    mandate = Mandate.objects.about(child).guardians().filter(ended_at__isnull=True).select_related("holder").first()
    if mandate is None or mandate.holder is None:
        raise StepFailed(expected="a guardian of the child", received="none")
    header = {"Deelwijs_Mandate": str(mandate.pk)}
    journey.browser.sign_in(str(mandate.holder.account_id))
    answer = _say_yes(journey, **header)
    expect_equal(f"{answer.asked}, by the guardian: status", 201, answer.status)
    expect_equal("state", "given", answer.member("state"))
    consent_id = answer.member("id")
    try:
        changes = journey.browser.get(f"/api/v1/consents/{consent_id}/changes", headers=header).member("results")
        expect_equal("mandate of the grant", str(mandate.pk), changes[0]["mandateId"])
        # The child sees who did it, and may stop it alone.
        journey.browser.sign_in(str(child.account_id))
        entries = journey.browser.get("/api/v1/entries", consent=consent_id).member("results")
        granted = [entry for entry in entries if entry["action"] == "consent.granted"]
        expect_equal("acting for", [f"guardian:{mandate.pk}"], [entry["actingFor"] for entry in granted])
    finally:
        stopped = journey.browser.change(f"/api/v1/consents/{consent_id}/withdrawals", {})
        journey.browser.sign_in(str(journey.citizen.account_id))
    expect("the child stops it alone", stopped.status == 201, stopped.shortened())
    return "given for the child; the log says under which mandate; the child stops it alone"


def _say_yes(journey: Journey, **headers: str) -> Answer:
    purpose = journey.service.get(f"/api/v1/purposes/{PURPOSE}", language="nl")
    fields = [field["name"] for field in purpose.member("notice")["fields"] if field["required"]]
    return journey.browser.change(
        "/api/v1/consents",
        {
            "purposeVersionId": purpose.member("versionId"),
            "language": "nl",
            "noticeHash": purpose.member("noticeHash"),
            "terms": {
                "validUntil": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
                "fields": fields,
                "uses": 1,
                "recipients": [{"oin": MUNICIPALITY}],
            },
        },
        **headers,
    )


def _child() -> Citizen:
    child = find_citizen(bsn=MILAN)
    if child is None:
        raise StepFailed(expected="the child of the demonstration", received="nobody")
    return child


STEPS = (
    Step("A child of eleven cannot say yes alone", refuse_the_child),
    Step("The parent says yes for the child", grant_as_guardian),
)
