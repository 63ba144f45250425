"""What can go wrong with consents, purposes and keys, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from audit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable

__all__ = ["DomainError"]


class InvalidConsent(Invalid):
    code = "invalid-consent"
    title = _("This choice cannot be stored as it is")


class ConsentNotFound(NotFound):
    code = "consent-not-found"
    title = _("We cannot find this consent")


class PurposeNotFound(NotFound):
    code = "purpose-not-found"
    title = _("We cannot find this purpose")


class PurposeNotInForce(Invalid):
    code = "purpose-not-in-force"
    title = _("Nobody may ask data for this purpose any more")


class InvalidOrganisation(Invalid):
    code = "invalid-organisation"
    title = _("This organisation cannot be stored as it is")


class InvalidDataset(Invalid):
    code = "invalid-dataset"
    title = _("This dataset cannot be stored as it is")


class PurposeNotPublishable(Conflict):
    code = "purpose-not-publishable"
    title = _("This version cannot be published")


class InvalidPurpose(Invalid):
    code = "invalid-purpose"
    title = _("This purpose cannot be stored as it is")


class TextChanged(Conflict):
    code = "text-changed"
    title = _("The text changed while you were reading")


class AlreadyGranted(Conflict):
    code = "already-granted"
    title = _("You already share data for this purpose")


class TransitionRefused(Conflict):
    code = "transition-refused"
    title = _("This is not possible any more")


class RoleRequired(Forbidden):
    code = "role-required"
    title = _("Your role does not allow this")


class KeyDestroyed(Forbidden):
    code = "key-destroyed"
    title = _("The key of this consent no longer exists")


class KeyServiceUnavailable(Unavailable):
    code = "key-service-unavailable"
    title = _("The key service does not answer")


class DoesNotOpen(DomainError):
    """A sealed value was moved, changed or sealed with another key."""

    code = "does-not-open"
    status = 500
    title = _("A sealed value could not be opened")
