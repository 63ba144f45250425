"""A receipt in plain words, for the page and the PDF: the same facts in the same order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consent.models import ConsentChange
from consent.pages.term_names import term_names
from consent.pages.terms_in_words import TermNames, terms_in_words
from consent.pages.words import CHANGES, LEGAL_BASES, in_words
from consent.receipts.record import DEFAULT_LANGUAGE, ReceiptRecord

ACTING: dict[str, Promise] = {
    "citizen": gettext_lazy("You yourself"),
    "guardian": gettext_lazy("Your guardian, with a mandate that was verified"),
    "representative": gettext_lazy("Your representative, with a mandate"),
    "staff": gettext_lazy("Staff, who saw that the yes never counted"),
    "service": gettext_lazy("Nobody: it happened by itself"),
}
LANGUAGES: dict[str, Promise] = {"nl": gettext_lazy("Dutch"), "en": gettext_lazy("English")}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the receipt says, in one or more lines; `code` is for what is copied and not read."""

    label: str
    lines: tuple[str, ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class PlainReceipt:
    """A receipt in one language: what was agreed, and by what marks it is found back."""

    title: str
    organisation: str
    happened: str
    facts: tuple[Fact, ...]
    marks: tuple[Fact, ...]


def plain_receipt(record: ReceiptRecord, names: TermNames, language: str) -> PlainReceipt:
    """Say `record` in `language`, which is also the active one, in the words of the text as it was published."""
    notice = record.notices.get(language) or record.notices[DEFAULT_LANGUAGE]
    controller = notice["controller"]
    at = date_format(timezone.localtime(record.at), "DATETIME_FORMAT")
    terms = terms_in_words(record.terms, _as_published(names, notice))
    facts = [
        Fact(_("What happened"), (in_words(CHANGES, record.event), at)),
        Fact(_("Who did it"), (in_words(ACTING, record.acting),)),
        Fact(_("Organisation"), (controller["name"], controller["address"], controller["contact"])),
        Fact(_("Questions about your privacy"), (controller["privacyContact"],)),
        Fact(_("What it is for"), (notice["summary"], notice["why"])),
        *(Fact(term.label, term.lines) for term in terms),
        *([] if record.terms else [Fact(_("What is asked"), tuple(one["title"] for one in notice["fields"]))]),
        Fact(_("Why this is allowed"), (in_words(LEGAL_BASES, notice["legalBasis"]),)),
        *([] if "keep" in record.terms else [Fact(_("How long they keep it"), (_days(notice["retentionDays"]),))]),
        *([Fact(_("Where it is kept"), (notice["storagePlace"],))] if notice.get("storagePlace") else []),
        *([_how_to_stop(record)] if record.is_consent else []),
        Fact(_("Complaints"), (_("At the Dutch Data Protection Authority: autoriteitpersoonsgegevens.nl"),)),
    ]
    read = _("Version %(number)d, in %(language)s") % {
        "number": record.purpose_version,
        "language": in_words(LANGUAGES, record.language),
    }
    marks = [
        Fact(_("The text"), (read, record.public_text)),
        Fact(_("Seal of the text (SHA-256)"), (record.notice_hash,), code=True),
        Fact(_("Number of the receipt"), (str(record.id),), code=True),
        Fact(_("Number of the consent"), (str(record.consent_id),), code=True),
        Fact(_("Entry in the log"), (str(record.entry),), code=True),
        Fact(_("Your name for this purpose, which says nothing elsewhere"), (record.pseudonym,), code=True),
    ]
    return PlainReceipt(
        title=notice["title"],
        organisation=controller["name"],
        happened=f"{in_words(CHANGES, record.event)}, {at}",
        facts=tuple(facts),
        marks=tuple(marks),
    )


def names_in(change: ConsentChange, language: str) -> TermNames:
    """Load what the terms of `change` are called in `language`."""
    return term_names([change.purpose_version], [change.conditions], language)


def _as_published(names: TermNames, notice: Mapping[str, object]) -> TermNames:
    """Call fields and organisations what they were called in the text that was agreed to."""
    fields, recipients = notice["fields"], notice["recipients"]
    assert isinstance(fields, list)
    assert isinstance(recipients, list)
    return replace(
        names,
        fields={**names.fields, **{one["name"]: one["title"] for one in fields}},
        organisations={**names.organisations, **{one["oin"]: one["name"] for one in recipients}},
    )


def _how_to_stop(record: ReceiptRecord) -> Fact:
    return Fact(_("How to stop"), (_("At this address, at any moment and without a reason:"), record.page))


def _days(days: int) -> str:
    return ngettext("At most %(days)d day", "At most %(days)d days", days) % {"days": days}
