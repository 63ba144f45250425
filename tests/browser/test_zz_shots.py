import pytest
from django.conf import settings
from tests.browser.history_and_contests import visit_history
from tests.browser.test_accessible import faults_on
from tests.browser.conftest import LOOKS
from tests.consent.contesting import read_more
from audit.models import Record
import re


@pytest.mark.parametrize(("look", "language"), [(LOOKS[-1], "nl"), (LOOKS[-1], "en")], indirect=["look"])
def test_shots(page, live_server, town, sign_in, policy_breaches, look, language):
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    faults = []
    from tests.audit.log import sequence

    n = 0
    for name in visit_history(page, page.context, town, sign_in):
        n += 1
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            faults += [f"{name} {width}: {f}" for f in faults_on(page, width)]
            if language == "nl" or width == 360:
                page.screenshot(
                    path=f"/tmp/shots/{language}-{n:02}-{re.sub('[^a-z]+', '-', name)[:30]}-{width}.png", full_page=True
                )
        page.set_viewport_size({"width": 1280, "height": 800})
    assert not faults, "\n".join(faults)
    assert not policy_breaches
