"""Publishing: from here on the database refuses every change to the version."""

from functools import partial

from celery import current_app
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.append import append_entry
from consent import actions
from consent.errors import InvalidPurpose, PurposeNotPublishable
from consent.models import Account, Purpose, PurposeVersion
from consent.notice import LANGUAGES, compose_notice, notice_hash
from consent.services.purposes.faults import draft_faults, signature_faults
from consent.services.purposes.purpose_entry import purpose_entry
from consent.services.purposes.review import require_reviewer
from consent.services.purposes.roles import lock_version


@transaction.atomic
def publish_purpose(*, version: PurposeVersion, reviewer: Account) -> PurposeVersion:
    """Publish a reviewed version and put it in force. No consent changes: who agreed, agreed to the older text.

    Raises RoleRequired unless `reviewer` is a privacy officer of the organisation and not the author,
    PurposeNotPublishable where no review was asked or another version or an end came first, and InvalidPurpose with
    everything that the law asks for and the version lacks.
    """
    # The purpose before the version, as drafting does: two versions published at once come one after the other.
    purpose = (
        Purpose.objects.select_for_update(of=("self",)).select_related("current_version").get(pk=version.purpose_id)
    )
    version = lock_version(version)
    member = require_reviewer(reviewer, version)
    if version.state == PurposeVersion.State.PUBLISHED:
        raise PurposeNotPublishable(detail=_("This version was published before."))
    if purpose.retired_at is not None:
        raise PurposeNotPublishable(detail=_("This purpose was retired. Draft a new one."))
    if purpose.current_version is not None and purpose.current_version.number > version.number:
        raise PurposeNotPublishable(detail=_("A newer version is in use."))
    if version.state != PurposeVersion.State.REVIEW:
        raise PurposeNotPublishable(detail=_("Its author has not asked for a review."))
    faults = draft_faults(version) + signature_faults(version)
    if faults:
        raise InvalidPurpose(errors=faults)
    version.state = PurposeVersion.State.PUBLISHED
    version.reviewer = reviewer
    version.published_at = timezone.now()
    version.notices = {language: compose_notice(version, language) for language in LANGUAGES}
    version.notice_hashes = {language: notice_hash(shown) for language, shown in version.notices.items()}
    version.save(update_fields=["state", "reviewer", "published_at", "notices", "notice_hashes"])
    replaces = purpose.current_version_id is not None
    Purpose.objects.filter(pk=purpose.pk).update(current_version=version)
    version.purpose.current_version = version
    append_entry(
        purpose_entry(
            actions.PURPOSE_PUBLISHED, version, member, at=version.published_at, noticeHashes=version.notice_hashes
        )
    )
    if replaces:
        # A queue that is down leaves the version published; the beat tells of it later.
        transaction.on_commit(partial(_start_telling, str(version.pk)), robust=True)
    return version


def _start_telling(version_id: str) -> None:
    current_app.send_task("consent.tasks.tell_of_version", args=[version_id])
