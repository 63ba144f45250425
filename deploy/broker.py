"""Where Celery's tasks wait: Redis, or a folder for trying the service out without one."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def connection(address: str, *, longest_task: timedelta) -> tuple[str, dict[str, Any]]:
    """Give kombu's URL and transport options for `redis://…` or `filesystem:///absolute/folder`.

    The folder is made, with the folders in it that kombu expects to find.
    """
    parts = urlsplit(address)
    if parts.scheme != "filesystem":
        return address, {
            # A task whose worker was killed comes back after this; it may not come back while it still runs.
            "visibility_timeout": longest_task.total_seconds() + 60,
            # Without these two nothing came back within a minute after kill -9 (measured).
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 30,
        }
    folder = Path(unquote(parts.path))
    messages, exchanges = folder / "messages", folder / "exchanges"
    for needed in (messages, exchanges):
        needed.mkdir(mode=0o700, parents=True, exist_ok=True)
    return "filesystem://", {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(exchanges),
        # The default of a second makes it useless: 61 tasks a second instead of 1 (measured).
        "polling_interval": 0.02,
    }
