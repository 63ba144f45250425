"""What kind of service this is, and under what name people reach it."""

from pathlib import Path

from deploy.settings.given import environment

BASE = Path(__file__).resolve().parent.parent.parent
DEMONSTRATION = environment.switch(
    "DEMONSTRATION", "whether anyone may sign in as an invented person, to try the service out", default=False
)
DEBUG = environment.switch("DEBUG", "whether errors show code to visitors", default=False)
SECRET_KEY = environment.text("SECRET_KEY", "50 or more random characters that only this service knows")
ALLOWED_HOSTS = environment.texts("ALLOWED_HOSTS", "the host names under which people reach this service")
# Stands in receipts and e-mails, which are written where no request says under what name people came.
SERVICE_ADDRESS = environment.url(
    "SERVICE_ADDRESS", "the address of this service, such as https://deelwijs.example.nl", schemes=("https", "http")
).rstrip("/")
PROXY_TELLS_HTTPS = environment.switch(
    "PROXY_TELLS_HTTPS",
    "whether a proxy in front sets X-Forwarded-Proto itself and never passes on a caller's",
    default=False,
)
# A trial runs on plain http at a loopback address, where browsers refuse `__Host-` and Secure cookies.
HTTPS = not DEMONSTRATION
VAR = environment.path("VAR", "the folder for what the service makes and may lose", default=BASE / "var")
