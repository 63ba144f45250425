"""A worker sends e-mail after the commit, and what it did not get to is sent later."""

import subprocess
import time

import pytest
from django.db import transaction
from django.utils import timezone

from consent.mail.secret import seal_address
from consent.mail.sending import delay_after
from consent.models import Mail, MailAddress
from consent.services.mail import post_mail
from tests.cast import Cast, make_cast
from tests.consent.mail_server import Mailbox, free_port, serving


@pytest.fixture
def mail_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """The port that the worker sends to; asked for before the worker starts."""
    port = free_port()
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{port}")
    return port


@pytest.fixture
def written_to(mail_port: int, celery_worker_process: "subprocess.Popen[str]") -> Cast:
    cast = make_cast()
    now = timezone.now()
    sealed = seal_address(cast.anna, "anna@example.nl")
    MailAddress.objects.create(citizen=cast.anna, sealed=sealed, confirmed_at=now, changed_at=now)
    return cast


def post(cast: Cast) -> Mail:
    with transaction.atomic():
        post_mail(citizen=cast.anna, kind=Mail.Kind.ASKED, about="event", at=timezone.now())
    return Mail.objects.get()


def wait_until(mail: Mail, *, attempts: int, state: str) -> None:
    deadline = time.monotonic() + 20
    while (mail.attempts, mail.state) != (attempts, state):
        assert time.monotonic() < deadline, (mail.attempts, mail.state)
        time.sleep(0.1)
        mail.refresh_from_db()


def test_the_commit_has_it_sent(written_to: Cast, mail_port: int) -> None:
    box = Mailbox()
    with serving(box, mail_port):
        mail = post(written_to)
        wait_until(mail, attempts=1, state=Mail.State.SENT)
    assert [message["X-To"] for message in box.messages] == ["anna@example.nl"]


def test_a_server_that_was_away_gets_it_later(written_to: Cast, mail_port: int) -> None:
    mail = post(written_to)
    wait_until(mail, attempts=1, state=Mail.State.WAITING)
    deadline = time.monotonic() + 20
    while mail.next_attempt_at > timezone.now() + delay_after(1):
        assert time.monotonic() < deadline, "the worker has not noted that it failed"
        time.sleep(0.1)
        mail.refresh_from_db()
    box = Mailbox()
    with serving(box, mail_port):
        # The minute goes by.
        Mail.objects.update(next_attempt_at=timezone.now())
        with transaction.atomic():
            # Any other event tells the queue.
            post_mail(citizen=written_to.bram, kind=Mail.Kind.ASKED, about="event", at=timezone.now())
        wait_until(mail, attempts=2, state=Mail.State.SENT)
    assert len(box.messages) == 1
