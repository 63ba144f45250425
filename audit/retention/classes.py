"""How long each kind of entry keeps its record, and on which ground: the rules, as data.

A record goes when the period of its class is over and nothing holds it. The entry itself, its commitment and its place
in the log stay for ever. An action says which class it belongs to; one that says nothing is kept as an access is.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.errors import Text

ACCESS = "access"
CONSENT = "consent"
MANDATE = "mandate"
OVERSIGHT = "oversight"
OWN = "own"
SECURITY = "security"
SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionClass:
    """A rule: `months` is the period unless a deployment chose another (`period_in_force`), None is for ever.

    `ground` says why it is kept so long. Where the law requires that it is kept, `required` says which, and a person
    who asks to be erased is refused with it; a deployment may then keep it longer and not shorter.
    """

    name: str
    title: Text
    ground: Text
    months: int | None
    required: Text = ""


CLASSES = {
    one.name: one
    for one in (
        RetentionClass(
            name=ACCESS,
            title=_("Who asked for data and who read it, and what was refused"),
            months=60,
            ground=_(
                "So that residents and supervisors can check who looked (NEN 7513), for as long as damages can be"
                " claimed (Civil Code, book 3, article 310)."
            ),
            required=_(
                "The log of who looked must be kept until its period is over (GDPR, article 17, paragraph 3, points b"
                " and e)."
            ),
        ),
        RetentionClass(
            name=CONSENT,
            title=_("What a resident was asked and decided"),
            months=60,
            ground=_(
                "For as long as the consent stands, and from its end for as long as damages can be claimed: the"
                " organisation must be able to show that there was consent (GDPR, article 7, paragraph 1)."
            ),
            required=_(
                "What was agreed to must be provable until its period is over (GDPR, article 7, paragraph 1, and"
                " article 17, paragraph 3, point e)."
            ),
        ),
        RetentionClass(
            name=MANDATE,
            title=_("Who may act for whom"),
            months=240,
            ground=_(
                "A guardian acts for a child for years, and what was done then can be contested for twenty (Civil Code,"
                " book 3, article 306)."
            ),
            required=_(
                "What somebody did for another must be provable until its period is over (GDPR, article 17, paragraph"
                " 3, point e)."
            ),
        ),
        RetentionClass(
            name=OVERSIGHT,
            title=_("What auditors looked at"),
            months=60,
            ground=_("Who checks others is checked as well, and for as long (NEN 7513)."),
            required=_(
                "The log of who looked must be kept until its period is over (GDPR, article 17, paragraph 3, points b"
                " and e)."
            ),
        ),
        RetentionClass(
            name=OWN,
            title=_("What a resident did with own data, files and settings"),
            months=24,
            ground=_("So that a resident can see what happened and have a mistake put right."),
        ),
        RetentionClass(
            name=SECURITY,
            title=_("Signing in, and requests that were refused at the door"),
            months=12,
            ground=_("To find and stop misuse (GDPR, article 32; Government Information Security Baseline)."),
        ),
        RetentionClass(
            name=SERVICE,
            title=_("What the service did itself: purposes, keys, holds and erasures"),
            months=None,
            ground=_(
                "So that it can be accounted for what was in force and what was erased, and why, for as long as the"
                " log stands (GDPR, article 5, paragraph 2). It names no resident."
            ),
            required=_("It shows that nothing was erased without a reason (GDPR, article 5, paragraph 2)."),
        ),
    )
}


def period_in_words(months: int | None) -> str:
    """Say a period in the active language."""
    if months is None:
        return str(_("for ever"))
    years, rest = divmod(months, 12)
    if not rest:
        return ngettext("%(number)d year", "%(number)d years", years) % {"number": years}
    return ngettext("%(number)d month", "%(number)d months", months) % {"number": months}
