"""What consent writes in the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action, register

CITIZEN_REGISTERED = Action(name="consent.citizen-registered", title=_("Signed in for the first time"))
SIGNED_IN = Action(name="consent.signed-in", title=_("Signed in"))
SIGN_IN_FAILED = Action(name="consent.sign-in-failed", title=_("Signing in failed"))
PURPOSE_PUBLISHED = Action(name="consent.purpose-published", title=_("A purpose was published"))
PURPOSE_RETIRED = Action(name="consent.purpose-retired", title=_("A purpose was retired"))
REQUESTED = Action(
    name="consent.requested", title=_("You were asked to share data"), title_neutral=_("Resident was asked")
)
GRANTED = Action(name="consent.granted", title=_("You agreed to share data"), title_neutral=_("Resident said yes"))
REFUSED = Action(name="consent.refused", title=_("You said no"), title_neutral=_("Resident said no"))
WITHDRAWN = Action(
    name="consent.withdrawn", title=_("You stopped sharing"), title_neutral=_("Resident stopped sharing")
)
EXPIRED = Action(name="consent.expired", title=_("The consent ended by itself"))


def register_actions() -> None:
    for action in (
        CITIZEN_REGISTERED,
        SIGNED_IN,
        SIGN_IN_FAILED,
        PURPOSE_PUBLISHED,
        PURPOSE_RETIRED,
        REQUESTED,
        GRANTED,
        REFUSED,
        WITHDRAWN,
        EXPIRED,
    ):
        register(action)
