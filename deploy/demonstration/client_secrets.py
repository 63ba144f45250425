"""The secrets of the demonstration's API clients: made on this machine, kept in a file that only its owner reads."""

import json
import os
import secrets
from pathlib import Path

from django.conf import settings


class ClientSecrets:
    """The file demonstration-clients.json under VAR: {client id: secret}."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or Path(settings.VAR) / "demonstration-clients.json"
        self._secrets: dict[str, str] = json.loads(self.file.read_text(encoding="utf-8")) if self.file.exists() else {}

    def secret_of(self, client_id: str) -> tuple[str, bool]:
        """Return a client's secret, made if the file has none, and whether the file had it."""
        known = client_id in self._secrets
        if not known:
            self._secrets[client_id] = secrets.token_urlsafe(32)
            self._write()
        return self._secrets[client_id], known

    def known_secret(self, client_id: str) -> str | None:
        """Return a client's secret, None if the file has none."""
        return self._secrets.get(client_id)

    def _write(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self._secrets, file, indent=2)
        draft.replace(self.file)
