"""Why something was refused, in a sentence for auditors."""

from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.people import people
from audit.timeline import DescribedEntry

_MAY_NOT: Promise = _("Who asked may not do this.")
_NOT_THERE: Promise = _("It is not there, or not for who asked.")

# Refusals without a decision about data. Whatever is named here by nobody keeps its code.
_SENTENCES: dict[str, Promise] = {
    "forbidden": _MAY_NOT,
    "role-required": _MAY_NOT,
    "purpose-recipient": _("The organisation does not receive data for this purpose."),
    "form-not-ours": _("The form was too old, or came from elsewhere."),
    "assurance-too-low": _("The way of signing in was not strong enough."),
    "nobody-known": _("Nobody is known here by this way of signing in."),
}


def reason_titles(codes: Collection[str]) -> dict[str, str]:
    """Title reasons by their codes, without what differs from one refusal to another; unknown ones are left out."""
    ours = {code: str(_SENTENCES[code]) for code in codes if code in _SENTENCES}
    not_there = {code: str(_NOT_THERE) for code in codes if code.endswith("not-found")}
    return {**not_there, **ours, **people().reason_titles(codes)}


def reason_sentence(described: DescribedEntry) -> str:
    """Say the reason of an entry by its verdict or by its code; "" where there is none."""
    code = described.entry.reason
    if said := described.reason_sentence:
        return said
    if code.endswith("not-found"):
        return str(_NOT_THERE)
    return reason_titles([code]).get(code, code)
