"""Where organisations collect their Logboek Dataverwerkingen, as the operator writes it down in one TOML file.

[[destination]]
name = "almere"                                      # stands in alarms and commands
organisation = "00000001001234567000"                # its OIN; left out: the entries of all, and of citizens
url = "https://collector.example.nl/v1/traces"       # OTLP over HTTP
token_file = "/run/secrets/collector-token"          # may be left out; sent as a bearer token
certificate_authority_file = "/etc/ssl/own-ca.pem"   # may be left out
subject_key_file = "/run/secrets/subject-key"        # made by: manage.py ldv create-key FILE
"""

import re
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_OIN = re.compile(r"[0-9]{20}")
_MEMBERS = {"name", "organisation", "url", "token_file", "certificate_authority_file", "subject_key_file"}


class DestinationsUnusable(ValueError):
    """The file cannot be read, or says something that is no destination; the text says what, and never a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A collector. `organisation` is the OIN whose entries it gets, "" for all entries about somebody."""

    name: str
    url: str
    subject_key_file: Path
    organisation: str = ""
    token_file: Path | None = None
    certificate_authority_file: Path | None = None


def read_destinations(file: Path) -> list[Destination]:
    """Read the destinations in the order of the file, or raise DestinationsUnusable."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DestinationsUnusable(f"{file} cannot be read") from error
    except tomllib.TOMLDecodeError as error:
        raise DestinationsUnusable(f"{file} is no TOML: {error}") from error
    tables = found.pop("destination", [])
    if found or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise DestinationsUnusable(f"{file} holds something else than [[destination]] tables")
    destinations = [_destination(table, f"destination {number}") for number, table in enumerate(tables, start=1)]
    if len({destination.name for destination in destinations}) != len(destinations):
        raise DestinationsUnusable("two destinations have one name")
    return destinations


def _destination(table: dict[str, Any], where: str) -> Destination:
    if unknown := sorted(set(table) - _MEMBERS):
        raise DestinationsUnusable(f"{where} has the unknown member {unknown[0]!r}")
    if not all(isinstance(value, str) for value in table.values()):
        raise DestinationsUnusable(f"{where} has a member that is no text")
    name = table.get("name", "")
    if not _NAME.fullmatch(name):
        raise DestinationsUnusable(f"{where} needs a name of lower-case letters, digits and hyphens, at most 40")
    organisation = table.get("organisation", "")
    if organisation and not _OIN.fullmatch(organisation):
        raise DestinationsUnusable(f"{name}: the organisation is no OIN of 20 digits")
    if not _is_safe_url(table.get("url", "")):
        raise DestinationsUnusable(f"{name}: the url is no https:// address, nor an http:// address of this machine")
    key_file = _file(table, "subject_key_file", name)
    if key_file is None:
        raise DestinationsUnusable(f"{name} needs a subject_key_file; make one: manage.py ldv create-key FILE")
    return Destination(
        name=name,
        organisation=organisation,
        url=table["url"],
        subject_key_file=key_file,
        token_file=_file(table, "token_file", name),
        certificate_authority_file=_file(table, "certificate_authority_file", name),
    )


def _is_safe_url(url: str) -> bool:
    """Tell whether what is sent there stays unread on the way: by TLS, or because it does not leave the machine."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _file(table: dict[str, Any], member: str, name: str) -> Path | None:
    given = table.get(member, "")
    if not given:
        return None
    path = Path(given)
    if not path.is_absolute():
        raise DestinationsUnusable(f"{name}: {member} is no absolute path")
    return path
