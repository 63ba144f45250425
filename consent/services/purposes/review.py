"""The review of a draft: asked by its author, done by a privacy officer who did not write it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from audit.services.append import append_entry
from consent import actions
from consent.errors import InvalidPurpose, PurposeNotEditable, PurposeNotInReview, RoleRequired
from consent.models import Account, LegalBasis, Member, PurposeVersion, Role
from consent.services.purposes.faults import draft_faults
from consent.services.purposes.purpose_entry import purpose_entry
from consent.services.purposes.roles import lock_version, require_role

LONGEST_REMARKS = 4000


@transaction.atomic
def ask_review(*, editor: Account, version: PurposeVersion) -> PurposeVersion:
    """Hand a draft over to the privacy officers; from here on its author changes nothing until it comes back.

    Asked twice is asked once. Raises RoleRequired unless `editor` is its author, PurposeNotEditable for a published
    version, and InvalidPurpose with everything that it lacks.
    """
    version = lock_version(version)
    member = require_role(editor, version.purpose.organisation, Role.PURPOSE_EDITOR)
    if editor.pk != version.author_id:
        raise RoleRequired(detail=_("Only the author asks for a review of a draft."))
    if version.state == PurposeVersion.State.REVIEW:
        return version
    if version.state != PurposeVersion.State.DRAFT:
        raise PurposeNotEditable
    faults = draft_faults(version)
    if faults:
        raise InvalidPurpose(errors=faults)
    version.state = PurposeVersion.State.REVIEW
    version.review_asked_at = timezone.now()
    version.remarks = ""
    version.save(update_fields=["state", "review_asked_at", "remarks"])
    append_entry(purpose_entry(actions.PURPOSE_REVIEW_ASKED, version, member, at=version.review_asked_at))
    return version


@transaction.atomic
def return_draft(*, officer: Account, version: PurposeVersion, remarks: str) -> PurposeVersion:
    """Send a draft back to its author with what should be different; a signature under it does not count any more."""
    version = lock_version(version)
    member = require_reviewer(officer, version)
    remarks = remarks.strip()
    if version.state == PurposeVersion.State.DRAFT and version.remarks == remarks != "":
        return version
    if version.state != PurposeVersion.State.REVIEW:
        raise PurposeNotInReview
    if not remarks or len(remarks) > LONGEST_REMARKS:
        detail = _("Say what should be different, in at most %(most)d characters.") % {"most": LONGEST_REMARKS}
        raise InvalidPurpose(errors=[FieldError("/remarks", "remarks-missing", detail)])
    version.state = PurposeVersion.State.DRAFT
    version.remarks = remarks
    version.assessment_signed_by = None
    version.assessment_signed_at = None
    version.save(update_fields=["state", "remarks", "assessment_signed_by", "assessment_signed_at"])
    append_entry(purpose_entry(actions.PURPOSE_RETURNED, version, member, at=timezone.now()))
    return version


@transaction.atomic
def sign_assessment(*, officer: Account, version: PurposeVersion) -> PurposeVersion:
    """Sign that citizens can freely say no (EDPB 05/2020 section 16): who and when, in the version and in the log."""
    version = lock_version(version)
    member = require_reviewer(officer, version)
    if version.state != PurposeVersion.State.REVIEW:
        raise PurposeNotInReview
    if version.legal_basis != LegalBasis.CONSENT or not version.power_imbalance_assessment:
        detail = _("Only a purpose that rests on consent has an assessment to sign.")
        raise InvalidPurpose(errors=[FieldError("/powerImbalanceAssessment", "assessment-missing", detail)])
    if version.assessment_signed_at is not None:
        return version
    version.assessment_signed_by = officer
    version.assessment_signed_at = timezone.now()
    version.save(update_fields=["assessment_signed_by", "assessment_signed_at"])
    append_entry(purpose_entry(actions.PURPOSE_ASSESSMENT_SIGNED, version, member, at=version.assessment_signed_at))
    return version


def require_reviewer(account: Account, version: PurposeVersion) -> Member:
    """Return the membership of a privacy officer who may judge `version`; raise RoleRequired for everybody else."""
    member = require_role(account, version.purpose.organisation, Role.PRIVACY_OFFICER)
    if account.pk == version.author_id:
        raise RoleRequired(detail=_("The author of a purpose cannot review it: ask a second person."))
    return member
