"""What an export is called, and what its entries in the log say of it, for people."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

TITLES: Mapping[str, Promise] = {
    "csv": _("Table (CSV)"),
    "jsonl": _("Lines of JSON (JSONL)"),
    "parquet": _("Columns (Parquet)"),
    "nen7513": _("NEN 7513 (CSV)"),
    "vng": _("VNG Verwerkingenlogging 0.9 (JSON)"),
    "bundle": _("Evidence that stands on its own (ZIP)"),
}
EXPLANATIONS: Mapping[str, Promise] = {
    "csv": _("For a spreadsheet. Every column of the log, with codes and with words."),
    "jsonl": _("For a program. Each entry exactly as it was committed to, with its salt."),
    "parquet": _("For analysis of many entries. The same columns as the table, each with its type."),
    "nen7513": _("With the fields and codes of the standard for logging in care."),
    "vng": _("For a register of processing that speaks the VNG standard."),
    "bundle": _(
        "The entries with their proofs, the signed checkpoints, the keys, and a program that checks all of it"
        " without us."
    ),
}
# Why a file could not be made, where there is more to say than that.
FAILURES: Mapping[str, Promise] = {
    "too-long": _("There was too much for one file. Narrow the search and ask again."),
    "evidence-key-unusable": _("The key that seals evidence is missing. Ask the operator of this service."),
    "log-key-unusable": _("The key of the log is missing. Ask the operator of this service."),
    "not-in-log-yet": _("Not every entry had its place in the log. Ask again in a minute."),
}


def says_of_export(details: Mapping[str, Any]) -> str:
    """Say how many entries went into which kind of file; "" for details of another form."""
    count, kind = details.get("entries"), details.get("format", "")
    if not isinstance(count, int) or kind not in TITLES:
        return ""
    said = ngettext("%(count)s entry as: %(kind)s", "%(count)s entries as: %(kind)s", count)
    return said % {"count": count, "kind": TITLES[kind]}
