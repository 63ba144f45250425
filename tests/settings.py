"""The settings of a test run: those of the service, with an environment of the tests' own.

Everything the run makes stands in one folder of its own, which `tests/conftest.py` makes and removes; the
addresses of its private servers are filled in there once they run. Loading this module starts and writes nothing.
"""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 what is made there has a name that nobody guesses
MEMORY_NEEDED = 4 * 2**30


def parent_folder() -> str:
    """Give memory if it has room: there PostgreSQL makes a database, which is 400 files, in a tenth of the time."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED
    return str(MEMORY) if has_room else tempfile.gettempdir()


RUN_FOLDER = os.environ.setdefault(
    # Workers of pytest-xdist inherit the name from the process that started them.
    "DEELWIJS_TEST_FOLDER",
    f"{parent_folder()}/deelwijs-tests-{secrets.token_hex(4)}",
)

os.environ.update(
    {
        "DEMONSTRATION": "false",
        "SECRET_KEY": "only for tests: " + "long enough to pass the checks of production " * 2,
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "DATABASE_URL": "postgres://deelwijs_app_login@127.0.0.1:1/not_started",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "VAR": RUN_FOLDER,
        "STATIC_PACKAGES": str(Path(__file__).resolve().parent.parent / "var" / "static-packages"),
        "KEY_SERVICE_FOLDER": f"{RUN_FOLDER}/keys",
        "LOG_ORIGIN": "deelwijs.example/log",
        "LOG_SIGNING_KEY_FILE": f"{RUN_FOLDER}/log-signing-key",
        "LOG_PROMISE_KEY_FILE": f"{RUN_FOLDER}/promise-key",
        "LOG_LAST_CHECKPOINT_FILE": f"{RUN_FOLDER}/last-checkpoint",
        "RECEIPT_SIGNING_KEY_FILE": f"{RUN_FOLDER}/receipt-signing-key",
        "EVIDENCE_KEY_FILE": f"{RUN_FOLDER}/evidence-key",
        "FILE_STORAGE_URL": f"file://{RUN_FOLDER}/files",
        "SERVICE_CONTROLLER": "00000001234567890000",
        "SERVICE_ADDRESS": "https://deelwijs.example",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "EMAIL_FROM": "Deelwijs <no-reply@deelwijs.example>",
        "OIDC_CITIZENS_ISSUER": "https://citizens.example",
        "OIDC_CITIZENS_CLIENT_ID": "deelwijs-citizens",
        "OIDC_CITIZENS_CLIENT_KEY_FILE": f"{RUN_FOLDER}/client-key.pem",
        "OIDC_STAFF_ISSUER": "https://staff.example",
        "OIDC_STAFF_CLIENT_ID": "deelwijs-staff",
        "OIDC_STAFF_CLIENT_KEY_FILE": f"{RUN_FOLDER}/client-key.pem",
    }
)

if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    # Tests start many processes; without this each would compile all that it imports, which takes longer than its work.
    os.environ["PYTHONPYCACHEPREFIX"] = f"{RUN_FOLDER}/bytecode"

from deploy.settings import *  # noqa: E402, F403 the environment must be set before

# The test client speaks plain http.
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_NAME = "csrf"
CSRF_COOKIE_SECURE = False
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SECURE = False
# Files are served from where they stand, so that no run needs collectstatic.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = True
# Each client of a test is a service that starts, and would look through all of them first.
WHITENOISE_AUTOREFRESH = True
# Each test has a connection of its own to a database that is dropped after it.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
# The secrets of clients are hashed for each test's cast; a slow hash protects nobody here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
