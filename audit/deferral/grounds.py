"""The grounds on which a line may be kept from its citizen for a while: a closed list, because law is.

GDPR Article 23(1) allows the restriction, Article 41(1) of the Dutch implementation act (UAVG) makes it; the letters
are those of the latter.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from audit.errors import Text


@dataclass(frozen=True, slots=True)
class LegalGround:
    """A ground by its code, which stands in entries for ever, what it is called, and the article that gives it."""

    code: str
    title: Text
    article: str


LEGAL_GROUNDS = {
    ground.code: ground
    for ground in (
        LegalGround("national-security", _("the safety of the country"), "UAVG 41(1)(a)"),
        LegalGround("public-security", _("public safety"), "UAVG 41(1)(c)"),
        LegalGround("criminal-offences", _("finding or prosecuting crimes"), "UAVG 41(1)(d)"),
        LegalGround("supervision", _("supervision or inspection"), "UAVG 41(1)(h)"),
        LegalGround("protection-of-people", _("the protection of you or of others"), "UAVG 41(1)(i)"),
    )
}

UNKNOWN_GROUND = LegalGround("unknown", _("not on record any more"), "–")
