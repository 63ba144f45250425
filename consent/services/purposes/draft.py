"""Drafts: written and changed by an editor, as often as needed, until a review is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from audit.services.append import append_entry
from consent import actions
from consent.errors import InvalidPurpose, PurposeNotEditable, RoleRequired
from consent.models import (
    Account,
    DatasetVersion,
    LegalBasis,
    Organisation,
    Purpose,
    PurposeField,
    PurposeVersion,
    Role,
)
from consent.services.purposes.purpose_entry import purpose_entry
from consent.services.purposes.roles import lock_version, require_role

# Words that the register uses for pages of its own, beside those of purposes.
RESERVED_SLUGS = frozenset({"processing", "data"})


@dataclass(frozen=True, slots=True)
class AskedField:
    """A field that a draft asks for: its dataset version and pointer, and why, as {language: sentence}.

    `answer` names a yes-or-no question of the dataset: the purpose then asks for the answer, never for the value.
    """

    dataset_version: DatasetVersion
    pointer: str
    required: bool
    reason: dict[str, str]
    answer: str = ""

    @property
    def name(self) -> str:
        return f"{self.dataset_version.dataset.slug}#{self.pointer}"


@transaction.atomic
def draft_purpose(
    *,
    author: Account,
    organisation: Organisation,
    slug: str,
    texts: dict[str, dict[str, str]],
    legal_basis: LegalBasis,
    fields: Sequence[AskedField],
    recipients: Sequence[str],
    longest_validity_days: int,
    most_uses: int | None,
    retention_days: int,
    processing_activity: str,
    dpia_reference: str = "",
    dpia_review_on: date | None = None,
    power_imbalance_assessment: str = "",
    storage_place: Mapping[str, str] | None = None,
    decides_automatically: bool = False,
    automated_decisions: Mapping[str, str] | None = None,
    pilot_ends_on: date | None = None,
    pilot_measures: Mapping[str, str] | None = None,
    adopted_from: str = "",
) -> PurposeVersion:
    """Store the next version of a purpose as a draft; raise RoleRequired unless `author` edits purposes there.

    A draft may lack things: what publishing needs is asked for when a review is. `storage_place`,
    `automated_decisions` and `pilot_measures` are {language: sentence}.
    """
    member = require_role(author, organisation, Role.PURPOSE_EDITOR)
    _refuse_field_twice(fields)
    if slug in RESERVED_SLUGS:
        raise InvalidPurpose(errors=[FieldError("/slug", "slug-reserved", _("A purpose cannot have this name."))])
    Purpose.objects.get_or_create(slug=slug, defaults={"organisation": organisation})
    # Two drafts at once get two numbers.
    purpose = Purpose.objects.select_for_update(of=("self",)).select_related("organisation").get(slug=slug)
    if purpose.organisation_id != organisation.pk:
        raise InvalidPurpose(
            errors=[FieldError("/slug", "slug-taken", _("Another organisation has a purpose with this name."))]
        )
    newest = purpose.versions.aggregate(Max("number"))["number__max"] or 0
    version = PurposeVersion.objects.create(
        purpose=purpose,
        number=newest + 1,
        texts=texts,
        legal_basis=legal_basis,
        recipients=list(recipients),
        longest_validity_days=longest_validity_days,
        most_uses=most_uses,
        retention_days=retention_days,
        dpia_reference=dpia_reference,
        dpia_review_on=dpia_review_on,
        power_imbalance_assessment=power_imbalance_assessment,
        processing_activity=processing_activity,
        storage_place=dict(storage_place or {}),
        decides_automatically=decides_automatically,
        automated_decisions=dict(automated_decisions or {}),
        pilot_ends_on=pilot_ends_on,
        pilot_measures=dict(pilot_measures or {}),
        adopted_from=adopted_from,
        author=author,
    )
    _store_fields(version, fields)
    details = {"adoptedFrom": adopted_from} if adopted_from else {}
    append_entry(purpose_entry(actions.PURPOSE_DRAFTED, version, member, at=timezone.now(), **details))
    return version


@transaction.atomic
def revise_draft(
    *, editor: Account, version: PurposeVersion, fields: Sequence[AskedField], **changed: Any
) -> PurposeVersion:
    """Replace the content of a draft; `changed` has the members that `draft_purpose` takes, apart from its name.

    Only its author does: who else wants it different returns it, or drafts the next version, so that a reviewer
    never wrote what is reviewed. A signed assessment is no longer signed once a word of the draft changes. Raises
    RoleRequired, and PurposeNotEditable for a version that is in review or published.
    """
    version = lock_version(version)
    member = require_role(editor, version.purpose.organisation, Role.PURPOSE_EDITOR)
    if editor.pk != version.author_id:
        raise RoleRequired(detail=_("Only the author changes a draft. Draft a version of your own instead."))
    if version.state != PurposeVersion.State.DRAFT:
        raise PurposeNotEditable
    _refuse_field_twice(fields)
    for name, value in changed.items():
        if name not in _EDITABLE:
            raise TypeError(f"a draft has no {name} to change")
        setattr(version, name, value)
    version.assessment_signed_by = None
    version.assessment_signed_at = None
    version.save()
    version.fields.all().delete()
    _store_fields(version, fields)
    append_entry(purpose_entry(actions.PURPOSE_REVISED, version, member, at=timezone.now()))
    return version


_EDITABLE = frozenset(
    {
        "texts",
        "legal_basis",
        "recipients",
        "longest_validity_days",
        "most_uses",
        "retention_days",
        "processing_activity",
        "dpia_reference",
        "dpia_review_on",
        "power_imbalance_assessment",
        "storage_place",
        "decides_automatically",
        "automated_decisions",
        "pilot_ends_on",
        "pilot_measures",
    }
)


def _refuse_field_twice(fields: Sequence[AskedField]) -> None:
    names = [field.name for field in fields]
    faults = [
        FieldError(f"/fields/{index}", "field-twice", _("This field is named twice."))
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if faults:
        raise InvalidPurpose(errors=faults)


def _store_fields(version: PurposeVersion, fields: Sequence[AskedField]) -> None:
    PurposeField.objects.bulk_create(
        PurposeField(
            version=version,
            dataset_version=field.dataset_version,
            position=position,
            name=field.name,
            required=field.required,
            answer=field.answer,
            reason=field.reason,
        )
        for position, field in enumerate(fields)
    )
