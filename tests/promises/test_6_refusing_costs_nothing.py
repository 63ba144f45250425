"""Nothing is ticked beforehand, silence is a no, and the way out has as many steps as the way in."""

import re

from django.test import Client as Browser

from consent.models import Consent
from sharing.services.release import release
from tests.cast import SIZE, Cast


def test_nothing_is_ticked_and_no_button_takes_all(cast: Cast) -> None:
    anna = Browser()
    anna.force_login(cast.anna.account)
    page = anna.get("/my/purposes/energy-allowance/").content.decode()
    boxes = re.findall(r'<input type="(?:checkbox|radio)"[^>]*>', page)
    assert boxes
    assert not [box for box in boxes if "checked" in box]
    answers = re.findall(r'<button[^>]*name="answer" value="(yes|no)"', page)
    assert sorted(answers) == ["no", "yes"]


def test_yes_and_no_look_equally_important(cast: Cast) -> None:
    anna = Browser()
    anna.force_login(cast.anna.account)
    page = anna.get("/my/purposes/energy-allowance/").content.decode()
    styles = re.findall(r'<button class="([^"]*)"[^>]*name="answer" value="(?:yes|no)"', page)
    assert len(styles) == 2
    assert styles[0] == styles[1]


def test_in_and_out_are_one_page_and_one_press(cast: Cast) -> None:
    anna = Browser(enforce_csrf_checks=True)
    anna.force_login(cast.anna.account)

    def press(address: str, **fields: str) -> int:
        """Open a page and send its form once; return the status of the answer."""
        page = anna.get(address).content.decode()
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        return anna.post(address, {**hidden, **fields}).status_code

    assert press("/my/purposes/energy-allowance/", answer="yes", until="2026-12-24") == 302
    consent = Consent.objects.get()
    assert consent.state == "given"
    assert consent.terms.fields == {SIZE}
    assert press(f"/my/consents/{consent.pk}/") == 302
    consent.refresh_from_db()
    assert consent.state == "withdrawn"


def test_silence_is_a_no(cast: Cast) -> None:
    request = cast.ask(SIZE)
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key-1")
    assert outcome.released is None
