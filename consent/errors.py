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


class OfferNotFound(NotFound):
    code = "offer-not-found"
    title = _("We cannot find this offer")


class ApprovalNotFound(NotFound):
    code = "approval-not-found"
    title = _("We cannot find this question")


class ConsentChanged(Conflict):
    code = "consent-changed"
    title = _("This consent changed while you were looking at it")


class CitizenErased(Conflict):
    code = "citizen-erased"
    title = _("This person was erased")


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


class PurposeNotEditable(Conflict):
    code = "purpose-not-editable"
    title = _("Only a draft can be changed")


class PurposeNotInReview(Conflict):
    code = "purpose-not-in-review"
    title = _("Nobody has asked for a review of this version")


class InvalidPurpose(Invalid):
    code = "invalid-purpose"
    title = _("This purpose cannot be stored as it is")


class InvalidPurposeFile(Invalid):
    code = "invalid-purpose-file"
    title = _("This file cannot be taken in")


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


class InvalidMandate(Invalid):
    code = "invalid-mandate"
    title = _("This mandate cannot be recorded as it is")


class MandateNotFound(NotFound):
    code = "mandate-not-found"
    title = _("We cannot find this mandate")


class MandateRefused(Forbidden):
    code = "mandate-refused"
    title = _("You may not do this for somebody else")


class MandateRequired(Forbidden):
    """A citizen under 16 said yes alone."""

    code = "guardian-required"
    title = _("A parent or guardian has to say yes")


class CodeRefused(Invalid):
    code = "code-refused"
    title = _("This code does not open a mandate")


class TooManyCodes(DomainError):
    code = "too-many-codes"
    status = 429
    title = _("That were too many codes. Wait an hour")


class InvalidPreference(Invalid):
    code = "invalid-preference"
    title = _("This setting cannot be stored as it is")


class ConfirmationRefused(Invalid):
    code = "confirmation-refused"
    title = _("This link does not confirm your address any more")


class EpochNeeded(Conflict):
    """`params` has the epoch's number and how many living keys need it."""

    code = "epoch-needed"
    title = _("Keys still need this epoch")


class KeySuspended(Conflict):
    code = "key-suspended"
    title = _("This data is set aside for as long as the citizen paused the consent")


class KeyDestroyed(Forbidden):
    code = "key-destroyed"
    title = _("The key of this consent no longer exists")


class KeyServiceUnavailable(Unavailable):
    code = "key-service-unavailable"
    title = _("The key service does not answer")


class ClocksDisagree(Unavailable):
    code = "clocks-disagree"
    title = _("The clock of this machine is wrong, or that of the database")


class ReceiptKeyUnusable(Unavailable):
    """The key that signs receipts is not there or cannot be read; `detail` says which and what to do."""

    code = "receipt-key-unusable"
    title = _("The key that signs receipts cannot be used")


class ReceiptHasNoSuchForm(NotFound):
    code = "receipt-has-no-such-form"
    title = _("This receipt does not have this form")


class FontsMissing(Unavailable):
    code = "fonts-missing"
    title = _("A PDF cannot be made here")


class DoesNotOpen(DomainError):
    """A sealed value was moved, changed or sealed with another key."""

    code = "does-not-open"
    status = 500
    title = _("A sealed value could not be opened")
