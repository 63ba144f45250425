"""What every process of the service does first: refuse a start that its settings do not allow.

A person reads the refusal, so it is a sentence, or a list of them, and never a stack trace.
"""

import os
import sys

import django
from django.conf import settings
from django.core import checks

from deploy.environment import SettingError


def refuse_wrong_settings() -> None:
    """Load the settings; end the process with one sentence when one of them is missing or wrong."""
    try:
        settings.INSTALLED_APPS  # noqa: B018 reading any setting loads them all
    except SettingError as error:
        sys.exit(f"Deelwijs does not start: {error}")


def start() -> None:
    """Load settings and apps for a process that is not a management command.

    Ends the process when the settings are wrong or a system check finds an error. Management commands run the
    same checks by themselves.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    refuse_wrong_settings()
    django.setup()
    refuse_failed_checks()


def refuse_failed_checks() -> None:
    """End the process with the errors that Django's system checks find, each with its id and hint."""
    errors = [message for message in checks.run_checks() if message.is_serious() and not message.is_silenced()]
    if errors:
        lines = "\n".join(str(error).removeprefix("?: ") for error in errors)
        sys.exit(f"Deelwijs does not start:\n{lines}")
