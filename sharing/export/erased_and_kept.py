"""What an erasure takes away, and what must stay and why: the same words before it, on the page, and in the receipt."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from consent.notice import LANGUAGES

ERASED: tuple[tuple[str, Promise], ...] = (
    ("name", _("Your name and your citizen service number (BSN).")),
    ("mail-address", _("Your email address, your preferences and the messages that we sent you.")),
    ("vault", _("The data in your own vault. Its key is destroyed, so that we can never open it again.")),
    (
        "consents",
        _("Everything that you share: each yes is stopped and its key destroyed. Organisations can no longer read it."),
    ),
    ("questions", _("Questions that wait for your answer, and offers that you made.")),
    ("mandates", _("Your right to act for others, and the right of others to act for you.")),
    ("exports", _("Files with everything about you that you had made.")),
)

KEPT: tuple[tuple[str, Promise, Promise], ...] = (
    (
        "log",
        _("The log of who looked at your data and of what you did here, under a code that means nothing outside it."),
        _(
            "The law asks that it can be checked who looked (GDPR, article 5, paragraph 2; article 17, paragraph 3)."
            " What a line says is erased when its time is over; the record of processing says when. What the law does"
            " not ask for can go sooner: ask your municipality."
        ),
    ),
    (
        "agreements",
        _("What you agreed to and when, and what organisations asked, without your name or number."),
        _(
            "Organisations must be able to show that they were allowed to read your data then (GDPR, article 7,"
            " paragraph 1)."
        ),
    ),
    (
        "received",
        _("What organisations received earlier stays with them, for as long as their purpose says."),
        _("It is in their own systems. Ask the organisation itself to remove it; the register says how to reach it."),
    ),
    (
        "this-receipt",
        _("The receipt of this erasure."),
        _("So that you can show that you asked for it and that we did it."),
    ),
    (
        "backups",
        _("Backups, for a limited time. After that time the keys in them open nothing any more."),
        _("Without backups a fault could destroy the data of everybody."),
    ),
)


def in_languages(text: Promise) -> dict[str, str]:
    """Return {language: the text in it}."""
    said = {}
    for language in LANGUAGES:
        with override(language):
            said[language] = str(text)
    return said
