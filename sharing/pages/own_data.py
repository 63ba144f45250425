"""Who may see and change everything about a citizen: that person, and a child's guardian."""

from django.utils.translation import gettext as _

from consent.acting import Acting
from consent.errors import MandateRefused
from consent.models import Act, Mandate


def check_sees_everything(acting: Acting, *, act: Act = Act.CHANGE) -> None:
    """Raise MandateRefused for who acts as a representative, or under a mandate that is limited to some purposes or to
    less than `act`: a mandate to answer for somebody is not one to look into all that is known of that person."""
    if acting.mandate is None:
        return
    if acting.mandate.kind != Mandate.Kind.GUARDIAN or acting.mandate.purposes or act not in acting.mandate.acts:
        raise MandateRefused(detail=_("Only a parent or guardian can do this for somebody else."))


def check_in_person(acting: Acting) -> None:
    """Raise MandateRefused for who acts for somebody else: what cannot be undone a person does alone."""
    if acting.mandate is not None:
        raise MandateRefused(detail=_("Nobody can do this for somebody else."))
