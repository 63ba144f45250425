"""Every answer to who asks for data carries a signed promise of its own entry: API and desk, repeat and refusal."""

import re
from base64 import b64decode
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from audit.entry import commit_to_entry
from audit.models import LoggedEntry, Record
from audit.signing.promise import Promise
from audit.signing.promise_key import load_promise_verifiers
from audit.signing.signed_note import open_note
from audit.tree.merkle import hash_leaf
from consent.models import Consent
from consent.services.change import withdraw_consent
from sharing.models import Release
from tests.api import token_for
from tests.cast import Cast
from tests.pages import hidden_inputs, signed_in
from tests.sharing.test_api_releases import call


def holds(promise: str, entry_id: str) -> bool:
    """Tell whether the promise is signed and about the entry that was appended, as it stands there."""
    said = Promise.read(open_note(promise, load_promise_verifiers()))
    record = Record.objects.get(pk=entry_id)
    leaf = hash_leaf(commit_to_entry(bytes(record.salt), bytes(record.canonical)))
    expected = (settings.LOG_ORIGIN, record.pk, leaf, settings.LOG_PROMISED_DELAY)
    return (said.origin, said.entry_id, said.leaf_hash, said.within) == expected


def test_a_release_a_repeat_and_a_refusal_each_promise_their_own_entry(cast: Cast) -> None:
    consent = cast.grant()
    asked = {"requestId": str(cast.ask().pk)}
    promises = []
    for _time in ("release", "repeat"):
        entry = call(cast, asked).json()["entry"]
        assert holds(entry["promise"], entry["id"])
        promises.append(entry["promise"])
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    refusal = call(cast, asked).json()
    assert holds(refusal["promise"], refusal["entryId"])
    assert len({*promises, refusal["promise"]}) == 3


def test_what_is_not_yours_is_promised_to_be_logged_too(cast: Cast) -> None:
    answer: dict[str, Any] = call(cast, {"requestId": str(cast.ask().pk)}, token=token_for(cast.police_system)).json()
    assert holds(answer["promise"], answer["entryId"])


def test_without_its_key_nothing_is_released_and_no_use_is_taken(cast: Cast) -> None:
    cast.grant()
    asked = {"requestId": str(cast.ask().pk)}
    Path(settings.LOG_PROMISE_KEY_FILE).unlink()
    before = LoggedEntry.objects.count()
    answer = call(cast, asked)
    assert answer.status_code == 503
    assert answer.json()["code"] == "promise-key-unusable"
    assert (Consent.objects.get().uses_taken, Release.objects.count()) == (0, 0)
    assert LoggedEntry.objects.count() == before


@pytest.mark.parametrize("withdrawn", [False, True])
def test_the_desk_shows_it_and_gives_it_as_a_file(cast: Cast, withdrawn: bool) -> None:
    consent = cast.grant()
    path = f"/desk/requests/{cast.ask().pk}/"
    daan: Client = signed_in(cast.daan.account)
    if withdrawn:
        withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    page = unescape(daan.post(path, hidden_inputs(daan.get(path))).content.decode())
    entry_id = str(Record.objects.filter(action="sharing.released").latest("at").pk)
    found = re.search(r'href="data:text/plain;base64,([^"]+)" download="promise-([^"]+).txt"', page)
    assert found is not None
    promise = b64decode(found[1]).decode()
    assert holds(promise, entry_id)
    assert found[2] == entry_id
    assert promise in page
