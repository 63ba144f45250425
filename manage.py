#!/usr/bin/env python3
"""Run Deelwijs' commands: `manage.py <command>`, or `manage.py help` for a list."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    import deploy  # noqa: F401 sets how often garbage is looked for, before there is any

    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python. Start with deploy/try, or use .venv/bin/python.")
    from deploy.starting import refuse_wrong_settings

    refuse_wrong_settings()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
