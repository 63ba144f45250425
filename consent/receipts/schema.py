"""The published JSON Schema of our 27560 receipts. Version 1 never changes: receipts name it by its address."""

from functools import cache
from pathlib import Path

NAME = "consent-record-27560-1.json"
_FILE = Path(__file__).parent / "schema" / NAME


def schema_address(issuer: str) -> str:
    """Return where the service at `issuer` publishes the schema."""
    return f"{issuer}/schemas/{NAME}"


@cache
def schema_text() -> bytes:
    return _FILE.read_bytes()
