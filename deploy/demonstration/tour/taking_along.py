"""The citizen takes everything along."""

import io
import json
import re
import time
import zipfile

from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.reading import release
from deploy.demonstration.tour.service import Answer
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal

_POLL_SECONDS = 0.5
_LONGEST_SECONDS = 60
_DOWNLOAD = re.compile(r'action="(/my/data/exports/[0-9a-f-]{36}/file/)"')
_PROGRESS = re.compile(r'href="(/my/data/exports/[0-9a-f-]{36}/)\?')


def take_everything_along(journey: Journey) -> str:
    page = journey.browser.submit("/my/data/exports/", {"language": "nl"})
    address = _wait_until_made(journey, page)
    answer = journey.browser.submit(address, {})
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        person = json.loads(archive.read("person.json"))
        consents = {one["id"]: one for one in json.loads(archive.read("consents.json"))}
        logged = {line["id"] for line in json.loads(archive.read("timeline.json"))}
    expect_equal("the number in it", journey.person.bsn, person["bsn"])
    expect("a page to read", "everything.nl.html" in names, names)
    for consent_id in (journey.consent_id, journey.second_consent_id):
        expect(f"consent {consent_id} in it", str(consent_id) in consents, sorted(consents))
    missing = {*journey.accesses, journey.refusal} - logged
    expect("every access in it", not missing, sorted(missing))
    receipts = sum(name.startswith("receipts/") for name in names)
    return f"one ZIP file: {len(consents)} consents, {receipts} receipts, {len(logged)} lines of the log"


def _wait_until_made(journey: Journey, page: Answer) -> str:
    """Return the address of the file, once the worker has made it."""
    expect_equal(f"{page.asked}: status", 200, page.status)
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not (ready := _DOWNLOAD.search(page.text)):
        progress = _PROGRESS.search(page.text)
        if progress is None or time.monotonic() > deadline:
            raise StepFailed(
                expected=f"a file within {_LONGEST_SECONDS} s, made by a Celery worker", received=page.shortened()
            )
        time.sleep(_POLL_SECONDS)
        page = journey.browser.get(progress[1])
    return ready[1]


def stop_sharing(journey: Journey) -> str:
    answer = journey.browser.change(f"/api/v1/consents/{journey.second_consent_id}/withdrawals", {})
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    expect_equal("state", "withdrawn", answer.member("state"))
    refused = release(journey, journey.request_id)
    expect_equal(f"{refused.asked}: status", 403, refused.status)
    # By the clock the window may refuse as well.
    codes = [verdict.get("code") for verdict in refused.verdicts() if not verdict.get("holds")]
    expect("refused by “consent-given”", "consent-given" in codes, codes)
    return "nothing is shared any more"


STEPS = (
    Step("The citizen takes everything along", take_everything_along),
    Step("… and stops", stop_sharing),
)
