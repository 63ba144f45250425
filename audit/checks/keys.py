"""The files of the log's keys are there, are ours alone, and hold keys of this log."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from audit.checks.key_file import exposed_key, key_file_faults, others_may_read
from audit.signing.log_key import verifier_file
from audit.signing.log_keys import LogVerifier, read_log_keys
from audit.signing.promise_key import load_promise_verifiers, promise_signer
from audit.signing.signed_note import NoteError, is_key_name


@register
def check_signing_key(**kwargs: Any) -> list[CheckMessage]:
    named = getattr(settings, "LOG_SIGNING_KEY_FILE", None)
    if not named:
        return []
    file = Path(named)
    # Absent is no mistake here: only the sequencer's machine has the private half.
    exposed = exposed_key(file, signs="checkpoints", then="start a new log.", id="audit.E004")
    return [*([exposed] if others_may_read(file) else []), *_check_verifier(verifier_file(file))]


@register
def check_promise_key(**kwargs: Any) -> list[CheckMessage]:
    def load() -> None:
        promise_signer()
        load_promise_verifiers()

    file = Path(settings.LOG_PROMISE_KEY_FILE)
    return key_file_faults(
        file,
        load=load,
        missing=checks.Warning(
            f"There is no key in {file}: nothing is released, because nobody could be promised its entry.",
            hint="Run: manage.py create_promise_key. Web and worker processes share one key.",
            id="audit.W030",
        ),
        exposed=exposed_key(
            file, signs="promises", then="rotate it: manage.py create_promise_key --rotate", id="audit.E030"
        ),
        unusable=Error(
            f"{file} and {file}.pub hold no keys of this log that sign promises.",
            hint="Put back the copies that you kept, or make new ones: manage.py create_promise_key.",
            id="audit.E031",
        ),
    )


@register
def check_witness_key(**kwargs: Any) -> list[CheckMessage]:
    named = getattr(settings, "WITNESS_KEY_FILE", "")
    if not named:
        return []
    if not is_key_name(getattr(settings, "WITNESS_NAME", "")):
        return [
            Error(
                "WITNESS_KEY_FILE is set, and WITNESS_NAME does not name the witness.",
                hint="Set it to a name under a domain of yours, such as deelwijs.example.nl/witness, without spaces or"
                " plus signs. It stands in every cosignature and never changes.",
                id="audit.E022",
            )
        ]
    # Absent is no mistake here: the sequencer's machine and others have no need of it.
    if not others_may_read(Path(named)):
        return []
    return [
        exposed_key(
            Path(named),
            signs="the logs of others",
            then="make a new key with another WITNESS_NAME, and tell those who rely on it.",
            id="audit.E023",
        )
    ]


def _check_verifier(file: Path) -> list[CheckMessage]:
    if not file.exists():
        return [
            checks.Warning(
                f"There is no verifier key in {file}: checkpoints can be neither checked nor published.",
                hint="Run: manage.py create_log_key, or copy the file from the sequencer's machine.",
                id="audit.W001",
            )
        ]
    try:
        name = LogVerifier(read_log_keys(file.read_text(encoding="utf-8"))).name
    except (OSError, UnicodeDecodeError, NoteError) as error:
        return [Error(f"{file} holds no verifier key: {error}.", hint="Copy it again.", id="audit.E005")]
    if name == getattr(settings, "LOG_ORIGIN", ""):
        return []
    return [
        Error(
            f"The key is of the log {name}, not of the one that LOG_ORIGIN names.",
            hint="A log keeps its name and its key together: set LOG_ORIGIN to the name in the key, or name another"
            " LOG_SIGNING_KEY_FILE.",
            id="audit.E005",
        )
    ]
