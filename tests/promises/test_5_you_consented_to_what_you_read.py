"""A consent keeps the version, the language and the hash of the text that was on the screen."""

import hashlib

import rfc8785
from django.test import Client as Browser

from consent.models import Organisation
from tests.cast import Cast


def test_the_hash_is_of_the_text_that_the_api_shows(cast: Cast) -> None:
    shown = Browser().get("/api/v1/purposes/energy-allowance?language=nl").json()
    assert hashlib.sha256(rfc8785.dumps(shown["notice"])).hexdigest() == shown["noticeHash"]
    assert cast.grant().notice_hash == shown["noticeHash"]


def test_two_languages_are_two_texts(cast: Cast) -> None:
    dutch = Browser().get("/api/v1/purposes/energy-allowance?language=nl").json()
    english = Browser().get("/api/v1/purposes/energy-allowance?language=en").json()
    assert dutch["noticeHash"] != english["noticeHash"]
    assert dutch["notice"]["language"] == "nl"


def test_another_text_changes_the_hash(cast: Cast) -> None:
    shown = Browser().get("/api/v1/purposes/energy-allowance").json()
    changed = {**shown["notice"], "retentionDays": shown["notice"]["retentionDays"] + 1}
    assert hashlib.sha256(rfc8785.dumps(changed)).hexdigest() != shown["noticeHash"]


def test_an_organisation_with_a_new_name_does_not_change_what_was_read(cast: Cast) -> None:
    before = Browser().get("/api/v1/purposes/energy-allowance").json()
    Organisation.objects.filter(pk=cast.municipality.pk).update(name="Gemeente Nieuwstad")
    assert Browser().get("/api/v1/purposes/energy-allowance").json() == before
