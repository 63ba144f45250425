"""What consent writes in the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action, register
from audit.retention.classes import CONSENT, MANDATE, OWN, SECURITY, SERVICE
from consent.keys.rotation import words as epoch_words

CITIZEN_REGISTERED = Action(name="consent.citizen-registered", title=_("Signed in for the first time"), retention=OWN)
SIGNED_IN = Action(name="consent.signed-in", title=_("Signed in"), retention=SECURITY)
SIGN_IN_FAILED = Action(name="consent.sign-in-failed", title=_("Signing in failed"), retention=SECURITY)
PURPOSE_PUBLISHED = Action(name="consent.purpose-published", title=_("A purpose was published"), retention=SERVICE)
PURPOSE_DRAFTED = Action(name="consent.purpose-drafted", title=_("A purpose was drafted"), retention=SERVICE)
PURPOSE_REVISED = Action(
    name="consent.purpose-revised", title=_("The draft of a purpose was changed"), retention=SERVICE
)
PURPOSE_REVIEW_ASKED = Action(
    name="consent.purpose-review-asked", title=_("The review of a purpose was asked"), retention=SERVICE
)
PURPOSE_RETURNED = Action(
    name="consent.purpose-returned", title=_("The draft of a purpose was sent back"), retention=SERVICE
)
PURPOSE_ASSESSMENT_SIGNED = Action(
    name="consent.purpose-assessment-signed",
    title=_("The assessment of the imbalance of power was signed"),
    retention=SERVICE,
)
PURPOSE_RETIRED = Action(name="consent.purpose-retired", title=_("A purpose was retired"), retention=SERVICE)
EPOCH_STARTED = Action(
    name="consent.epoch-started", title=_("A new period of keys began"), says=epoch_words.started, of_service=True
)
EPOCH_EMPTIED = Action(
    name="consent.epoch-emptied",
    title=_("No key needs the keys of an earlier period any more"),
    says=epoch_words.emptied,
    of_service=True,
)
EPOCH_DESTROYED = Action(
    name="consent.epoch-destroyed",
    title=_("The main key of an earlier period was destroyed"),
    says=epoch_words.destroyed,
    of_service=True,
)
REQUESTED = Action(
    name="consent.requested",
    title=_("You were asked to share data"),
    title_neutral=_("Resident was asked"),
    retention=CONSENT,
)
GRANTED = Action(
    name="consent.granted",
    title=_("You agreed to share data"),
    title_neutral=_("Resident said yes"),
    retention=CONSENT,
    counts_as="given",
)
REFUSED = Action(
    name="consent.refused",
    title=_("You said no"),
    title_neutral=_("Resident said no"),
    retention=CONSENT,
    ends_consent=True,
)
WITHDRAWN = Action(
    name="consent.withdrawn",
    title=_("You stopped sharing"),
    title_neutral=_("Resident stopped sharing"),
    retention=CONSENT,
    ends_consent=True,
    counts_as="withdrawn",
)
EXPIRED = Action(name="consent.expired", title=_("The consent ended by itself"), retention=CONSENT, ends_consent=True)
PAUSED = Action(
    name="consent.paused", title=_("You paused sharing"), title_neutral=_("Resident paused sharing"), retention=CONSENT
)
RESUMED = Action(
    name="consent.resumed",
    title=_("You share again after a pause"),
    title_neutral=_("Resident shares again"),
    retention=CONSENT,
)
NARROWED = Action(
    name="consent.narrowed",
    title=_("You made your consent narrower"),
    title_neutral=_("Resident narrowed the consent"),
    retention=CONSENT,
)
RENEWED = Action(
    name="consent.renewed",
    title=_("You made your consent last longer"),
    title_neutral=_("Resident renewed the consent"),
    retention=CONSENT,
)
REPLACED = Action(
    name="consent.replaced",
    title=_("You agreed anew, and your earlier consent ended"),
    title_neutral=_("Resident agreed anew"),
    retention=CONSENT,
    ends_consent=True,
)
INVALIDATED = Action(
    name="consent.invalidated",
    title=_("The consent was declared invalid: who gave it had no right to"),
    retention=CONSENT,
    ends_consent=True,
)
POSTPONED = Action(
    name="consent.postponed",
    title=_("You want to think about a question"),
    title_neutral=_("Resident wants to think about it"),
    retention=CONSENT,
)
OFFERED = Action(
    name="consent.offered",
    title=_("You made a counter-offer"),
    title_neutral=_("Resident made a counter-offer"),
    retention=CONSENT,
)
OFFER_TAKEN_BACK = Action(
    name="consent.offer-taken-back",
    title=_("You took your counter-offer back"),
    title_neutral=_("Resident took the counter-offer back"),
    retention=CONSENT,
)
OFFER_ACCEPTED = Action(name="consent.offer-accepted", title=_("The counter-offer was accepted"), retention=CONSENT)
OFFER_LET_GO = Action(name="consent.offer-let-go", title=_("The counter-offer was let go"), retention=CONSENT)
APPROVAL_ASKED = Action(
    name="consent.approval-asked",
    title=_("You were asked to allow one look"),
    title_neutral=_("Resident was asked to allow one look"),
    retention=CONSENT,
)
APPROVAL_ALLOWED = Action(
    name="consent.approval-allowed",
    title=_("You allowed one look"),
    title_neutral=_("Resident allowed one look"),
    retention=CONSENT,
)
APPROVAL_REFUSED = Action(
    name="consent.approval-refused",
    title=_("You did not allow a look"),
    title_neutral=_("Resident did not allow a look"),
    retention=CONSENT,
)

MANDATE_RECORDED = Action(
    name="consent.mandate-recorded",
    title=_("Your municipality recorded who may act for whom"),
    title_neutral=_("A mandate was recorded"),
    title_refused=_("A mandate was not recorded"),
    retention=MANDATE,
)
MANDATE_GIVEN = Action(
    name="consent.mandate-given",
    title=_("You made a code with which somebody may act for you"),
    title_neutral=_("Resident gave a mandate"),
    retention=MANDATE,
)
MANDATE_ACCEPTED = Action(
    name="consent.mandate-accepted",
    title=_("A code was used: who has it may act for somebody else"),
    title_neutral=_("A mandate was accepted"),
    title_refused=_("A wrong code was filled in"),
    retention=MANDATE,
)
MANDATE_ENDED = Action(
    name="consent.mandate-ended", title=_("A mandate to act for somebody else ended"), retention=MANDATE
)
PREFERENCES_CHANGED = Action(
    name="consent.preferences-changed",
    title=_("You changed your settings"),
    title_neutral=_("Resident changed settings"),
    retention=OWN,
)


def register_actions() -> None:
    for action in (
        EPOCH_STARTED,
        EPOCH_EMPTIED,
        EPOCH_DESTROYED,
        CITIZEN_REGISTERED,
        SIGNED_IN,
        SIGN_IN_FAILED,
        PURPOSE_PUBLISHED,
        PURPOSE_DRAFTED,
        PURPOSE_REVISED,
        PURPOSE_REVIEW_ASKED,
        PURPOSE_RETURNED,
        PURPOSE_ASSESSMENT_SIGNED,
        PURPOSE_RETIRED,
        REQUESTED,
        GRANTED,
        REFUSED,
        WITHDRAWN,
        EXPIRED,
        PAUSED,
        RESUMED,
        NARROWED,
        RENEWED,
        REPLACED,
        INVALIDATED,
        POSTPONED,
        OFFERED,
        OFFER_TAKEN_BACK,
        OFFER_ACCEPTED,
        OFFER_LET_GO,
        APPROVAL_ASKED,
        APPROVAL_ALLOWED,
        APPROVAL_REFUSED,
        MANDATE_RECORDED,
        MANDATE_GIVEN,
        MANDATE_ACCEPTED,
        MANDATE_ENDED,
        PREFERENCES_CHANGED,
    ):
        register(action)
