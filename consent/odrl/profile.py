"""The profile: what ODRL 2.2 has no word for (W3C ODRL Information Model 2.2 section 4.3, ODRL Profiles).

Its name is a UUID, because every installation of this service speaks the same profile under an address of its own.
"""

from typing import Any
from urllib.parse import quote, unquote

PROFILE = "urn:uuid:0193a1f6-7c52-7d1e-9b0a-3f6d8f2c5e41"
NAMESPACE = f"{PROFILE}#"
CONTEXT: list[Any] = ["http://www.w3.org/ns/odrl.jsonld", {"dw": NAMESPACE, "xsd": "http://www.w3.org/2001/XMLSchema#"}]

FIELD = "dw:field/"
CELL = "dw:cell/"
COUNTS = "dw:counts"
CURRENT = "dw:current"

PERIODS = {"day": "P1D", "week": "P1W", "month": "P1M", "year": "P1Y"}


def named(prefix: str, name: str) -> str:
    """Return `name` as a compact IRI of the profile."""
    return prefix + quote(name, safe="")


def name_in(prefix: str, iri: Any) -> str:
    """Return the name that `iri` stands for; raise ValueError when it is no such IRI."""
    if not isinstance(iri, str) or not iri.startswith(prefix):
        raise ValueError(prefix)
    return unquote(iri.removeprefix(prefix), errors="strict")


def typed(value: str, datatype: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{datatype}"}


def constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
