"""Bram's browser, in which he acts for Anna as her guardian."""

from django.test import Client

from tests.cast import Cast
from tests.consent.test_mandates import guardian_of_anna
from tests.pages import signed_in


def guardians_browser(cast: Cast) -> Client:
    mandate = guardian_of_anna(cast)
    browser = signed_in(cast.bram.account)
    browser.cookies["language"] = "en"
    session = browser.session
    session["mandate"] = str(mandate.pk)
    session.save()
    return browser
