"""Typed readers for the settings that a deployment gives in its environment.

Every reader takes the name of a variable and a phrase that says what to set it to. A variable that is
missing or wrong raises `SettingError`, whose text is one sentence for the person who starts the
service. The text never repeats the value, which may be a secret.

Any variable may be given as a file instead: `SECRET_KEY_FILE=/run/secrets/key` reads `SECRET_KEY` from that file,
so that a secret needs not stand in a process list or a container's description.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BYTES = {"kB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class SettingError(ImproperlyConfigured):
    """A setting is missing or wrong; the text says in one sentence what to set."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables of one start of the service."""

    variables: Mapping[str, str]

    def given(self, name: str) -> str | None:
        """The text of a variable, from its own value or from the file that `<name>_FILE` names; None if neither.

        An empty value counts as not given, because that is what an unset variable of a compose file becomes.
        """
        value = self.variables.get(name, "").strip()
        file = self.variables.get(f"{name}_FILE", "").strip()
        if value and file:
            raise SettingError(f"Set {name} or {name}_FILE, not both.")
        if not file:
            return value or None
        try:
            content = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"Set {name}_FILE to a text file that this service can read.") from error
        if not content:
            raise SettingError(f"Set {name}_FILE to a file that is not empty.")
        return content

    def text(self, name: str, meaning: str, *, default: str | None = None) -> str:
        value = self.given(name)
        if value is None:
            value = default
        if value is None:
            raise SettingError(f"Set {name} (or {name}_FILE) to {meaning}.")
        return value

    def texts(self, name: str, meaning: str, *, default: tuple[str, ...] | None = None) -> list[str]:
        """Read a list of texts, separated by commas."""
        value = self.given(name)
        if value is None and default is not None:
            return list(default)
        items = [item.strip() for item in (value or "").split(",") if item.strip()]
        if not items:
            raise SettingError(f"Set {name} to {meaning}, separated by commas.")
        return items

    def switch(self, name: str, meaning: str, *, default: bool | None = None) -> bool:
        value = self.given(name)
        if value is None and default is not None:
            return default
        folded = (value or "").lower()
        if folded in TRUE:
            return True
        if folded in FALSE:
            return False
        raise SettingError(f"Set {name} to true or false: {meaning}.")

    def duration(
        self,
        name: str,
        meaning: str,
        *,
        default: timedelta | None = None,
        most: timedelta = timedelta(days=3650),
    ) -> timedelta:
        """Read a length of time: a number with its unit (ms, s, m, h, d), such as `500ms`, `90s` or `12h`."""
        value = self.given(name)
        if value is None and default is not None:
            return default
        match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d)", value or "")
        length = timedelta(seconds=float(match[1]) * SECONDS[match[2]]) if match else timedelta(0)
        if not timedelta(0) < length <= most:
            raise SettingError(
                f"Set {name} to {meaning}, as a length of time of at most {_spelled(most)}, such as 30s, 10m or 12h."
            )
        return length

    def size(self, name: str, meaning: str, *, default: int, most: int) -> int:
        """Read a number of bytes: a whole number with its unit (kB, MB, GB, TB, KiB, MiB, GiB), such as `10GB`."""
        value = self.given(name)
        if value is None:
            return default
        match = re.fullmatch(rf"([1-9][0-9]{{0,8}})({'|'.join(BYTES)})", value)
        size = int(match[1]) * BYTES[match[2]] if match else 0
        if not 0 < size <= most:
            raise SettingError(
                f"Set {name} to {meaning}, as a size of at most {most // 1024**3}GiB, such as 500MB or 10GB."
            )
        return size

    def path(self, name: str, meaning: str, *, default: Path | None = None) -> Path:
        """Read an absolute path. It needs not exist; what uses it says so if it must."""
        # Not through `given`: LOG_SIGNING_KEY_FILE is a path itself, not a file that holds one.
        value = self.variables.get(name, "").strip()
        if not value and default is not None:
            return default
        path = Path(value)
        if not value or not path.is_absolute():
            raise SettingError(f"Set {name} to {meaning}, as an absolute path.")
        return path

    def url(
        self,
        name: str,
        meaning: str,
        *,
        schemes: tuple[str, ...] = ("https",),
        default: str | None = None,
    ) -> str:
        value = self.given(name)
        if value is None and default is not None:
            return default
        # The reason of urlsplit is left out: it repeats parts of the value.
        try:
            parts = urlsplit(value or "")
            usable = parts.scheme in schemes and bool(parts.netloc or parts.path.strip("/"))
            _ = parts.port
        except ValueError:
            usable = False
        if value is None or not usable:
            allowed = " or ".join(f"{scheme}://…" for scheme in schemes)
            raise SettingError(f"Set {name} (or {name}_FILE) to {meaning}, as {allowed}.")
        return value


def _spelled(length: timedelta) -> str:
    """Spell a length of time in the largest unit that gives a whole number."""
    seconds = length.total_seconds()
    unit, size = next((unit, size) for unit, size in reversed(SECONDS.items()) if seconds % size == 0)
    return f"{seconds / size:.0f}{unit}"
