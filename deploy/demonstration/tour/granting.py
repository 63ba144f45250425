"""A citizen reads what is asked and says yes to a part of it."""

import hashlib
from datetime import timedelta
from uuid import UUID

import rfc8785
from django.utils import timezone

from deploy.demonstration.read_catalogue import MUNICIPALITY
from deploy.demonstration.tour.journey import GRANTED, PURPOSE, USES, Journey
from deploy.demonstration.tour.step import Step, expect, expect_equal, expect_same_names


def read_purpose(journey: Journey) -> str:
    answer = journey.service.get(f"/api/v1/purposes/{PURPOSE}", language="nl")
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    notice = answer.member("notice")
    # The hash that the consent will keep is that of exactly this text.
    expect_equal("notice hash", hashlib.sha256(rfc8785.dumps(notice)).hexdigest(), answer.member("noticeHash"))
    names = [field["name"] for field in notice["fields"]]
    expect("more fields asked than are granted", set(GRANTED) < set(names), names)
    journey.purpose = answer.body
    return f"“{notice['title']}” of {notice['controller']['name']} asks {len(names)} fields; the hash is of this text"


def sign_in(journey: Journey) -> str:
    answer = journey.browser.sign_in(str(journey.citizen.account_id))
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    page = journey.browser.get("/my/")
    expect_equal("GET /my/: status", 200, page.status)
    return f"{journey.person.display_name} is signed in"


def grant_fewer_fields(journey: Journey) -> str:
    terms = {
        "validUntil": (timezone.now() + timedelta(days=7)).isoformat(),
        "fields": list(GRANTED),
        "uses": USES,
        "recipients": [{"oin": MUNICIPALITY}],
    }
    answer = journey.browser.change(
        "/api/v1/consents",
        {
            "purposeVersionId": journey.purpose["versionId"],
            "language": "nl",
            "noticeHash": journey.purpose["noticeHash"],
            "terms": terms,
        },
    )
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    expect_equal("state", "given", answer.member("state"))
    expect_equal("uses left", USES, answer.member("usesLeft"))
    expect_same_names("granted fields", GRANTED, answer.member("terms", "fields"))
    journey.consent_id = UUID(answer.member("id"))
    asked = len(journey.purpose["notice"]["fields"])
    return f"{len(GRANTED)} of {asked} fields, {USES} uses, until {answer.member('terms', 'validUntil')[:10]}"


STEPS = (
    Step("A citizen reads the purpose", read_purpose),
    Step("The citizen signs in", sign_in),
    Step("The citizen grants fewer fields, twice at most", grant_fewer_fields),
)
