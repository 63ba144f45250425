"""Mistakes of a deployment that no single setting shows, as Django system checks.

They run at the start of every process (`deploy/starting.py`) and with every management command, not only with
`check --deploy`. Trying the service out (DEMONSTRATION) is allowed what real people's data may never meet.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

SHORTEST_SECRET = 50
FEWEST_DIFFERENT_CHARACTERS = 10
KNOWN_SECRETS = ("django-insecure-", "changeme", "change-me", "secret", "deelwijs")


@register(Tags.security)
def check_production(**kwargs: Any) -> list[CheckMessage]:
    """Find what only a trial may have. A trial that looks like production is found too."""
    return [*_demonstration_in_the_open()] if settings.DEMONSTRATION else [*_trial_settings()]


def _demonstration_in_the_open() -> Iterator[CheckMessage]:
    strangers = set(settings.ALLOWED_HOSTS) - {"localhost", "127.0.0.1", "[::1]"}
    if strangers or settings.IDENTITY_PROVIDERS:
        yield Error(
            "The demonstration sign-in is on where real people could come.",
            hint="With it, anyone signs in as anyone. Set DEMONSTRATION to false, or to try the service out leave only"
            " localhost and 127.0.0.1 in ALLOWED_HOSTS and no OIDC issuer.",
            id="deploy.E001",
        )


def _trial_settings() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Error(
            "SQLite is for trying out.",
            hint="It has no roles that keep the service itself from changing the log. Set DATABASE_URL to a PostgreSQL"
            " database, with the login of the app role.",
            id="deploy.E002",
        )
    if settings.DEBUG:
        yield Error(
            "DEBUG shows code and settings to visitors.",
            hint="Set DEBUG to false, or leave it out.",
            id="deploy.E003",
        )
    secret = settings.SECRET_KEY
    if (
        len(secret) < SHORTEST_SECRET
        or len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS
        or secret.lower().startswith(KNOWN_SECRETS)
    ):
        yield Error(
            "SECRET_KEY can be guessed.",
            hint="Whoever knows it can forge sessions. Set it to 50 or more random characters, such as from:"
            ' python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
            id="deploy.E004",
        )
    if any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield Error(
            "ALLOWED_HOSTS lets in names that nobody wrote down.",
            hint="Set it to the host names themselves, without * and without a dot in front.",
            id="deploy.E005",
        )
    if urlsplit(settings.CELERY_BROKER_URL).scheme == "filesystem":
        yield Error(
            "A folder is no queue for tasks that matter.",
            hint="A worker that dies loses its task there. Set CELERY_BROKER_URL to a Redis.",
            id="deploy.E006",
        )
    if not settings.REDIS_URL:
        yield Error(
            "REDIS_URL is not set, so each process counts attempts for itself.",
            hint="Throttling holds only when all processes count together. Set REDIS_URL.",
            id="deploy.E007",
        )
    if settings.EMAIL_FILE_PATH:
        yield Error(
            "E-mail goes to a folder.",
            hint="There nobody reads it. Set EMAIL_URL to a mail server, as smtp:// or smtps://.",
            id="deploy.E011",
        )
    if not settings.VIRUS_SCANNER_URL:
        yield Warning(
            "VIRUS_SCANNER_URL is not set, so no file is scanned for viruses.",
            hint="Staff open what citizens send. Set it to ClamAV's clamd, as tcp://host:3310 or unix:///run/clamd.ctl.",
            id="deploy.W003",
        )
    yield from KEY_SERVICES[settings.KEY_SERVICE]()
    yield from _epochs()
    yield from _file_storage(settings.FILE_STORAGE_URL)
    yield from _last_checkpoint(settings.LOG_LAST_CHECKPOINT_URL)
    yield from _sign_in()


def _key_service_folder() -> Iterator[CheckMessage]:
    folder = Path(settings.KEY_SERVICE_FOLDER)
    yield Warning(
        "The epoch keys are files.",
        hint="Whoever may read this machine's disk, or a copy of it, opens everything that is sealed. Set KEY_SERVICE"
        " to pkcs11 (a hardware security module) or transit (OpenBao or Vault), which never hand a key out.",
        id="deploy.W002",
    )
    if not folder.is_dir():
        yield Warning(
            "KEY_SERVICE_FOLDER is not there.",
            hint="Run manage.py keys start on the machine of the key service, or mount its folder here.",
            id="deploy.W001",
        )
    elif folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Error(
            "Others on this machine may look into KEY_SERVICE_FOLDER.",
            hint=f"Its files open everything that is sealed. Run: chmod 700 {folder}",
            id="deploy.E008",
        )


def _key_service_module() -> Iterator[CheckMessage]:
    if not os.access(settings.PKCS11_MODULE, os.R_OK) or not Path(settings.PKCS11_MODULE).is_file():
        yield Error(
            "PKCS11_MODULE is not there, or this service may not read it.",
            hint="Install the PKCS#11 module of the token's maker, and set PKCS11_MODULE to its .so file.",
            id="deploy.E012",
        )


def _key_service_address() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.TRANSIT_ADDRESS)
    # An agent on this machine may take over from there.
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        yield Error(
            "TRANSIT_ADDRESS is not https.",
            hint="Keys and the token would travel in the open. Set it to an https address, or to that of an agent on"
            " this machine.",
            id="deploy.E013",
        )


KEY_SERVICES = {"file": _key_service_folder, "pkcs11": _key_service_module, "transit": _key_service_address}


def _epochs() -> Iterator[CheckMessage]:
    if settings.ERASURE_HORIZON < 2 * settings.KEY_EPOCH_LENGTH:
        yield Error(
            "ERASURE_HORIZON is too short for KEY_EPOCH_LENGTH.",
            hint="The key of an epoch lives through the epoch and the one after it, in which keys are rewrapped. Set"
            " ERASURE_HORIZON to twice KEY_EPOCH_LENGTH or more.",
            id="deploy.E014",
        )
    main, keystore = settings.DATABASES["default"], settings.DATABASES.get("keystore")
    if keystore is not None and _place(keystore) == _place(main):
        yield Error(
            "KEYSTORE_DATABASE_URL is the main database.",
            hint="Keys apart are worth something only where a backup of the one holds nothing of the other. Set it to"
            " another database, or leave it out.",
            id="deploy.E015",
        )


def _place(database: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(database.get(name) for name in ("HOST", "PORT", "NAME"))


def _file_storage(address: str) -> Iterator[CheckMessage]:
    parts = urlsplit(address)
    if parts.scheme == "s3":
        endpoint = parse_qs(parts.query).get("endpoint", [""])[0]
        if not parts.netloc or (endpoint and urlsplit(endpoint).scheme != "https"):
            yield Error(
                "FILE_STORAGE_URL names no bucket, or an endpoint that is not https.",
                hint="Set it to s3://bucket/prefix?endpoint=https://host; without endpoint it is that of Amazon.",
                id="deploy.E030",
            )
    elif parts.netloc:
        yield Error(
            "FILE_STORAGE_URL names a machine where a folder should stand.",
            hint="A folder has three slashes: file:///srv/deelwijs/files.",
            id="deploy.E031",
        )
    elif (folder := Path(unquote(parts.path))).is_dir() and folder.stat().st_mode & stat.S_IRWXO:
        yield Error(
            "Everyone on this machine may look into the folder of FILE_STORAGE_URL.",
            hint=f"What lies there is sealed, but its sizes and times tell too. Run: chmod o-rwx {folder}",
            id="deploy.E032",
        )


def _last_checkpoint(address: str) -> Iterator[CheckMessage]:
    endpoint = parse_qs(urlsplit(address).query).get("endpoint", [""])[0]
    if endpoint and urlsplit(endpoint).scheme != "https":
        yield Error(
            "LOG_LAST_CHECKPOINT_URL names an endpoint that is not https.",
            hint="Who stands in between could give the log an older memory, and let it fork. Set it to"
            " s3://bucket/key?endpoint=https://host; without endpoint it is that of Amazon.",
            id="deploy.E033",
        )


def _sign_in() -> Iterator[CheckMessage]:
    issuers = {app["provider_id"]: app["settings"]["server_url"] for app in settings.IDENTITY_PROVIDERS}
    for provider_id, name in (("citizens", "OIDC_CITIZENS_ISSUER"), ("staff", "OIDC_STAFF_ISSUER")):
        if provider_id not in issuers:
            yield Error(
                f"{name} is not set, so nobody can sign in there.",
                hint=f"Set {name} to the https address of the OpenID Connect provider.",
                id="deploy.E009",
            )
        elif urlsplit(issuers[provider_id]).scheme != "https":
            yield Error(
                f"{name} is not https.",
                hint="Who stands in between could sign in as anyone. Set it to an https address.",
                id="deploy.E010",
            )
