"""Where e-mail goes, from one address in the environment to Django's settings."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SMTP_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Django's EMAIL_… settings."""

    backend: str
    folder: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starts_tls: bool = False
    tls: bool = False


def mail_server(address: str) -> MailServer:
    """Read `smtp://user:password@host:587`, `smtps://…` (TLS from the first byte), or `file:///folder` to try out.

    With smtp and a password the connection starts TLS first: a password never travels in the open.
    """
    parts = urlsplit(address)
    if parts.scheme == "file":
        return MailServer("django.core.mail.backends.filebased.EmailBackend", folder=unquote(parts.path))
    return MailServer(
        "django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname or "",
        port=parts.port or SMTP_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starts_tls=parts.scheme == "smtp" and parts.password is not None,
        tls=parts.scheme == "smtps",
    )
