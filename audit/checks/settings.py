"""The settings of the log say what they must."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from audit.logboek.destinations import DestinationsUnusable, read_destinations
from audit.logboek.subject import SubjectKeyUnusable, read_subject_key
from audit.signing.signed_note import is_key_name
from audit.timestamping.authority import CertificatesMissing, read_certificates
from audit.witness.policy import PolicyError, read_policy

FEWEST_TOKEN_CHARACTERS = 20

# What says the same in another way.
ELSEWHERE = {"LOG_LAST_CHECKPOINT_FILE": ("LOG_LAST_CHECKPOINT_URL",)}


@register
def check_origin(**kwargs: Any) -> list[CheckMessage]:
    if is_key_name(getattr(settings, "LOG_ORIGIN", "")):
        return []
    return [
        Error(
            "LOG_ORIGIN does not name the log.",
            hint="Set it to a name under a domain of yours, such as log.example.nl/2026, without spaces or plus"
            " signs. It stands in every checkpoint and never changes.",
            id="audit.E001",
        )
    ]


@register
def check_files_are_named(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{setting} names no file.",
            hint=hint,
            id=identifier,
        )
        for setting, hint, identifier in (
            (
                "LOG_SIGNING_KEY_FILE",
                "Set it to where the key that signs checkpoints is kept, and make one: manage.py create_log_key.",
                "audit.E002",
            ),
            (
                "LOG_LAST_CHECKPOINT_FILE",
                "Set it to a file outside the database and its backups, or LOG_LAST_CHECKPOINT_URL to an object in a"
                " bucket. It keeps the log from forking after a restore.",
                "audit.E003",
            ),
        )
        if not any(getattr(settings, name, None) for name in (setting, *ELSEWHERE.get(setting, ())))
    ]


@register
def check_metrics_token(**kwargs: Any) -> list[CheckMessage]:
    if len(settings.METRICS_TOKEN) >= FEWEST_TOKEN_CHARACTERS or not settings.METRICS_TOKEN:
        return []
    return [
        Error(
            "METRICS_TOKEN can be guessed.",
            hint=f"Set it to {FEWEST_TOKEN_CHARACTERS} or more random characters, or leave it out to have no metrics.",
            id="audit.E032",
        )
    ]


@register
def check_promised_delay(**kwargs: Any) -> list[CheckMessage]:
    delay = getattr(settings, "LOG_PROMISED_DELAY", None)
    if isinstance(delay, timedelta) and delay > timedelta(0):
        return []
    return [
        Error(
            "LOG_PROMISED_DELAY promises nothing.",
            hint="Set it to how soon an entry is under a signed checkpoint: a timedelta of more than zero.",
            id="audit.E006",
        )
    ]


@register
def check_timestamps(**kwargs: Any) -> list[CheckMessage]:
    if not getattr(settings, "LOG_TIMESTAMP_URL", ""):
        return []
    try:
        read_certificates()
    except CertificatesMissing as error:
        return [
            Error(
                "Timestamps of the log could not be checked.",
                hint=str(error.detail),
                id="audit.E009",
            )
        ]
    return []


@register
def check_people(**kwargs: Any) -> list[CheckMessage]:
    try:
        import_string(getattr(settings, "AUDIT_PEOPLE", ""))
    except ImportError:
        return [
            Error(
                "AUDIT_PEOPLE names nothing that can be imported.",
                hint="Set it to the dotted path of a class with the methods of audit.people.People.",
                id="audit.E007",
            )
        ]
    return []


@register
def check_witness_policy(**kwargs: Any) -> list[CheckMessage]:
    text = getattr(settings, "LOG_WITNESS_POLICY", "")
    if not text:
        return []
    hint = (
        "Set it, or LOG_WITNESS_POLICY_FILE, to a policy as https://c2sp.org/tlog-policy describes: a line"
        " `witness NAME KEY ADDRESS` for each, groups if you like, and one line `quorum NAME`."
    )
    try:
        policy = read_policy(text)
    except PolicyError as error:
        return [Error(f"LOG_WITNESS_POLICY is no policy: {error}.", hint=hint, id="audit.E020")]
    found: list[CheckMessage] = []
    if nowhere := [witness.name for witness in policy.witnesses if not witness.url]:
        found.append(Error(f"LOG_WITNESS_POLICY gives no address of {', '.join(nowhere)}.", hint=hint, id="audit.E021"))
    if policy.is_met(()):
        found.append(
            checks.Warning(
                "LOG_WITNESS_POLICY asks for no cosignature: checkpoints are published whoever signs them.",
                hint="Name a witness or a group of them in its quorum, once they all sign.",
                id="audit.W020",
            )
        )
    return found


@register
def check_logboek(**kwargs: Any) -> list[CheckMessage]:
    file = getattr(settings, "LDV_DESTINATIONS_FILE", "")
    if not file:
        return []
    try:
        for destination in read_destinations(Path(file)):
            read_subject_key(destination.subject_key_file)
    except (DestinationsUnusable, SubjectKeyUnusable) as error:
        return [
            Error(
                f"The collectors of the Logboek Dataverwerkingen cannot be used: {error}.",
                hint="LDV_DESTINATIONS_FILE names a TOML file of [[destination]] tables; see deploy/README.md.",
                id="audit.E034",
            )
        ]
    return []


@register
def check_controller(**kwargs: Any) -> list[CheckMessage]:
    controller = getattr(settings, "SERVICE_CONTROLLER", "")
    if not controller:
        return [
            checks.Warning(
                "SERVICE_CONTROLLER is empty: nobody answers for lines that name no organisation, such as signing in.",
                hint="Set it to the OIN, 20 digits, of the organisation that runs this service.",
                id="audit.W002",
            )
        ]
    if len(controller) == 20 and controller.isascii() and controller.isdigit():
        return []
    return [Error("SERVICE_CONTROLLER is no OIN.", hint="An OIN is 20 digits.", id="audit.E033")]
