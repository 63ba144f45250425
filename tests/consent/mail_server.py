"""A real SMTP server on a free port of this machine, which keeps what it gets."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pytest_django import Settings


@dataclass
class Mailbox:
    """What arrived, and what the server answers to the next recipient and message."""

    messages: list[EmailMessage] = field(default_factory=list)
    answer_recipient: str = "250 OK"
    answer_message: str = "250 OK"
    delay_seconds: float = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 aiosmtpd's name
        if self.answer_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        time.sleep(self.delay_seconds)
        if self.answer_message.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            message["X-To"] = ", ".join(envelope.rcpt_tos)
            self.messages.append(message)
        return self.answer_message


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(mailbox: Mailbox, port: int) -> Iterator[None]:
    """Let `mailbox` listen at `port`."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def mail_port(settings: Settings) -> int:
    """The port that mail is sent to, where nobody listens yet."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    settings.EMAIL_TIMEOUT = 2
    port: int = settings.EMAIL_PORT
    return port


@pytest.fixture
def mailbox(mail_port: int) -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    box = Mailbox()
    with serving(box, mail_port):
        yield box
