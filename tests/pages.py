"""Looking at pages as the people of the cast."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import LoggedEntry, Record
from consent.models import Account, Consent
from sharing.models import Release, Request


def signed_in(account: Account, **options: Any) -> Client:
    """Return a browser in which `account` is signed in; `options` are those of Django's test client."""
    browser = Client(**options)
    browser.force_login(account)
    return browser


def text_of(answer: Any) -> str:
    """Return what a reader of the page gets to read: without tags, with single spaces."""
    without_head = re.sub(r"(?s)<head>.*?</head>", " ", answer.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without_head)).split())


def hidden_inputs(answer: Any) -> dict[str, str]:
    """Return the hidden inputs of a page by name, those of the last form where several have one name."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.content.decode())
    return {name: unescape(value) for name, value in found}


@contextmanager
def nothing_written() -> Iterator[None]:
    """Fail if consents, requests, releases or entries change inside."""
    before = _rows()
    yield
    assert _rows() == before


def _rows() -> list[Any]:
    return [
        sorted(Consent.objects.values_list("pk", "state", "version", "uses_taken")),
        Request.objects.count(),
        Release.objects.count(),
        LoggedEntry.objects.count(),
    ]


def queries_of(browser: Client, path: str) -> int:
    """Return how many queries a page takes; it must be there."""
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(path)
    assert answer.status_code == 200, answer.content
    return len(captured)


def actions() -> list[tuple[str, str]]:
    """Return (action, outcome) of all entries, oldest first."""
    return list(Record.objects.order_by("entry_id").values_list("action", "outcome"))
