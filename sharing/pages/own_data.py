"""Who may see and change everything about a citizen: that person, and who has a mandate without limits."""

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.acting import Acting
from consent.errors import MandateRefused
from consent.models import Act
from consent.services.mandates import check_mandate


def check_sees_everything(acting: Acting, *, act: Act = Act.CHANGE) -> None:
    """Raise MandateRefused for who acts under a mandate that is limited to some purposes or to less than `act`."""
    if acting.mandate is None:
        return
    if acting.mandate.purposes:
        raise MandateRefused(detail=_("You act for this person for some purposes only, and not for everything."))
    check_mandate(acting.mandate, citizen=acting.citizen, act=act, purpose="", now=timezone.now())


def check_in_person(acting: Acting) -> None:
    """Raise MandateRefused for who acts for somebody else: what cannot be undone a person does alone."""
    if acting.mandate is not None:
        raise MandateRefused(detail=_("Nobody can do this for somebody else."))
