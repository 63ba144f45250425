"""The words of the profile, for people on a page and for programs as JSON-LD."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from consent.odrl.profile import PROFILE

_LANGUAGES = ("nl", "en")

# By name: what it is, and what it means.
WORDS: dict[str, tuple[str, Any]] = {
    "window": (
        "odrl:LeftOperand",
        _("The days of the week and the hours of the access, by the clock of Europe/Amsterdam."),
    ),
    "days": ("rdf:Property", _("The days of a window, such as monday.")),
    "from": ("rdf:Property", _("The time at which a window opens, such as 09:00.")),
    "until": (
        "rdf:Property",
        _("The time at which a window closes, such as 17:00. When it is not after the opening, it is on the next day."),
    ),
    "answer": (
        "odrl:LeftOperand",
        _("The question that is answered with yes or no. The value itself is not shared."),
    ),
    "output": ("odrl:LeftOperand", _("What comes out of the access.")),
    "counts": ("skos:Concept", _("Counts with noise, about many people together. Never the data of one person.")),
    "values": (
        "odrl:LeftOperand",
        _("Which values are shared. Without this: those that the citizen had when saying yes."),
    ),
    "current": ("skos:Concept", _("The values as the citizen has them now: what the citizen changes is shared too.")),
    "oin": ("rdf:Property", _("The number of the organisation that receives the data (OIN, 20 digits).")),
    "department": ("rdf:Property", _("The department that receives the data. Without it: all of them.")),
    "role": ("rdf:Property", _("The role in which somebody receives the data. Without it: all of them.")),
    "field/": ("odrl:Asset", _("A field of a dataset. Its full name comes behind it, percent-encoded.")),
    "cell/": ("skos:Concept", _("A cell of the H3 grid. Its number comes behind it.")),
    "organisation/": ("odrl:Party", _("An organisation. Its OIN comes behind it.")),
    "pseudonym/": ("odrl:Party", _("A citizen, by the name that is used for this purpose only.")),
}


def vocabulary(address: str) -> dict[str, Any]:
    """Return the profile as JSON-LD, in every language; `address` is where this installation explains it."""
    return {
        "@context": {
            "dw": f"{PROFILE}#",
            "odrl": "http://www.w3.org/ns/odrl/2/",
            "owl": "http://www.w3.org/2002/07/owl#",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "skos": "http://www.w3.org/2004/02/skos/core#",
        },
        "@graph": [
            {
                "@id": PROFILE,
                "@type": ["odrl:Profile", "owl:Ontology"],
                "rdfs:seeAlso": {"@id": address},
                "rdfs:label": "Deelwijs",
                "owl:versionInfo": "1",
            },
            *(
                {
                    "@id": f"dw:{name}",
                    "@type": [kind, "skos:Concept"] if kind == "odrl:LeftOperand" else kind,
                    "rdfs:isDefinedBy": {"@id": PROFILE},
                    "skos:definition": [_in(language, meaning) for language in _LANGUAGES],
                }
                for name, (kind, meaning) in WORDS.items()
            ),
        ],
    }


def _in(language: str, text: Any) -> dict[str, str]:
    with override(language):
        return {"@language": language, "@value": str(text)}
