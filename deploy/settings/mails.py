"""The server that sends e-mail."""

from deploy import mail
from deploy.settings.given import environment

_mail = mail.mail_server(
    environment.url(
        "EMAIL_URL",
        "the address of the mail server, smtp://user:password@host:587 or smtps://user:password@host:465",
        schemes=("smtp", "smtps", "file"),
    )
)
EMAIL_BACKEND = _mail.backend
EMAIL_FILE_PATH = _mail.folder
EMAIL_HOST = _mail.host
EMAIL_PORT = _mail.port
EMAIL_HOST_USER = _mail.user
EMAIL_HOST_PASSWORD = _mail.password
EMAIL_USE_TLS = _mail.starts_tls
EMAIL_USE_SSL = _mail.tls
# A worker that waits for a slow server sends nothing else.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text(
    "EMAIL_FROM", "the address that e-mails come from", default="Deelwijs <deelwijs@example.nl>"
)
