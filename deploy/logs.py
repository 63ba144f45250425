"""Logs for machines: one JSON object a line, without citizen service numbers and without forged lines.

What happened to people's data stands in the audit log; this is for those who keep the service running.
"""

import logging
import logging.config
import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

# C0 and C1 control characters forge lines and drive terminals; the others reorder or end lines for who reads them.
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NINE_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){8}(?![0-9])")
# Ids of traces, spans and rows are kept whole: without them the lines of one request are not found together.
IDENTIFIER = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ELEVEN_TEST = (9, 8, 7, 6, 5, 4, 3, 2, -1)
REMOVED = "[removed]"


def clean(value: Any) -> Any:
    """Strip control characters and drop what looks like a BSN, in a text or anywhere inside a collection.

    What is no text, number or collection becomes its text first, because that is what the log would show.
    """
    if isinstance(value, str):
        if IDENTIFIER.fullmatch(value):
            return value
        return NINE_DIGITS.sub(_without_bsn, CONTROL_CHARACTERS.sub(" ", value))
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return REMOVED if clean(str(value)) == REMOVED else value
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in value]
    return clean(str(value))


def clean_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Clean every value of an event. The last processor before the line is written."""
    return {clean(key): clean(value) for key, value in event.items()}


def shorten_exceptions(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep only the first line of each exception's message.

    PostgreSQL puts the row that failed, with the personal data in it, on the lines that follow.
    """
    if isinstance(exceptions := event.get("exception"), list):
        for exception in exceptions:
            exception["exc_value"] = exception["exc_value"].partition("\n")[0]
            exception.pop("exc_notes", None)
    return event


def configuration(*, level: str) -> dict[str, Any]:
    """Give the configuration of the standard library's logging: everything to standard output, as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared_processors(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.ExceptionRenderer(
                        # Locals hold personal data.
                        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                    ),
                    shorten_exceptions,
                    clean_event,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {
            "standard-output": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}
        },
        "root": {"handlers": ["standard-output"], "level": level},
        "loggers": {
            # Our own middleware logs each request with its outcome, and what went wrong in it.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "CRITICAL"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # It repeats the path, which is the caller's to choose; `deploy.problems.csrf_failure` does not.
            "django.security.csrf": {"level": "CRITICAL"},
        },
    }


def configure(configuration: dict[str, Any]) -> None:
    """Set up logging, structlog's and the standard library's; Django calls it with `LOGGING`."""
    logging.config.dictConfig(configuration)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _shared_processors() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _without_bsn(match: re.Match[str]) -> str:
    digits = [int(character) for character in match[0] if character.isdigit()]
    total = sum(weight * digit for weight, digit in zip(ELEVEN_TEST, digits, strict=True))
    return REMOVED if total % 11 == 0 and any(digits) else match[0]
