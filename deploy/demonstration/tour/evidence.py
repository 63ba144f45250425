"""An auditor takes evidence along that convinces who has neither the service nor its code."""

import re
import subprocess
import sys
import tempfile
import time
import zipfile
from io import BytesIO
from pathlib import Path

from django.conf import settings

from audit.models import Record
from audit.signing.log_key import verifier_file
from consent.models import Member, Role
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.service import Answer, CitizensBrowser
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal

_POLL_SECONDS = 0.5
_LONGEST_SECONDS = 90.0
_EXPORT = re.compile(r'action="(/oversight/exports/[0-9a-f-]{36}/)(cancel|file)/"')
_VERIFIER = "standalone_verifier.py"


class AuditorsBrowser(CitizensBrowser):
    """The browser of an auditor, whose forms stand elsewhere than a citizen's."""

    forms = "/oversight/exports/new/"

    def ask(self, form: dict[str, str]) -> Answer:
        return self._post("/oversight/exports/", form)

    def download(self, address: str) -> Answer:
        return self._post(f"{address}file/", {})

    def _post(self, path: str, form: dict[str, str]) -> Answer:
        return self._send("POST", path, data={**form, "csrfmiddlewaretoken": self._form_token(self.forms)})


def verify_bundle(journey: Journey) -> str:
    with AuditorsBrowser(journey.service.url) as auditor:
        signed_in = auditor.sign_in(str(_auditor(journey).account_id))
        expect_equal("the auditor signs in: status", 200, signed_in.status)
        bundle = _take_along(auditor, journey.case).content
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        entries = [name for name in archive.namelist() if name.startswith("entries/")]
        program = archive.read(_VERIFIER)
    # A request, two accesses and a refusal at the least.
    expect("at least four entries", len(entries) >= 4, f"{len(entries)} entries")
    with tempfile.TemporaryDirectory(prefix="deelwijs-tour-") as folder:
        file = Path(folder) / "evidence.zip"
        (Path(folder) / _VERIFIER).write_bytes(program)
        file.write_bytes(bundle)
        honest = _verify_elsewhere(file)
        expect_equal("the verifier in the bundle", (0, "HOLDS"), (honest.returncode, honest.stdout.strip()))
        changed = bytearray(bundle)
        changed[len(changed) // 2] ^= 1
        file.write_bytes(changed)
        forged = _verify_elsewhere(file)
        expect_equal("the verifier in the bundle, with one bit changed", 1, forged.returncode)
    return f"{len(entries)} entries: HOLDS, by its own program in a bare Python; with one bit changed it does not"


def _auditor(journey: Journey) -> Member:
    """Return somebody who oversees the organisation that the tour's data went to."""
    access = Record.objects.get(entry_id=journey.accesses[0])
    members = Member.objects.filter(role=Role.AUDITOR, organisation__oin=access.organisation, ended_at=None)
    found: Member | None = members.order_by("id").first()
    if found is None:
        raise StepFailed(expected="an auditor in the demonstration", received="nobody")
    return found


def _take_along(auditor: AuditorsBrowser, case: str) -> Answer:
    """Search for a case, ask for the bundle, and download it once it is made."""
    page = auditor.ask({"query": f"case={case}", "format": "bundle"})
    deadline = time.monotonic() + _LONGEST_SECONDS
    while True:
        form = _EXPORT.search(page.text)
        if form is None:
            raise StepFailed(expected="a file that is ready or being made", received=page.shortened())
        address, what = form.groups()
        if what == "file":
            break
        if time.monotonic() > deadline:
            raise StepFailed(expected=f"the bundle within {_LONGEST_SECONDS:.0f} s", received="still being made")
        time.sleep(_POLL_SECONDS)
        page = auditor.get(f"{address}?quietly")
    answer = auditor.download(address)
    expect_equal(f"{answer.asked}: status", 200, answer.status)
    return answer


def _verify_elsewhere(bundle: Path) -> "subprocess.CompletedProcess[str]":
    """Run the verifier beside the bundle in a Python that has no packages and cannot see the project."""
    key = verifier_file(Path(settings.LOG_SIGNING_KEY_FILE))
    return subprocess.run(
        [sys.executable, "-I", "-S", _VERIFIER, "bundle", bundle.name, "--key", str(key)],
        cwd=bundle.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


STEPS = (Step("Evidence is verified outside the project", verify_bundle),)
