"""The widest terms that a purpose version allows, as the database tells them."""

from datetime import datetime, time, timedelta

from django.db.models import prefetch_related_objects
from django.utils import timezone

from consent.bounds import Bounds
from consent.models import Organisation, PurposeVersion


def bounds(version: PurposeVersion, now: datetime, *, latest_end: datetime | None = None) -> Bounds:
    """Return the limits of `version` at `now`; `latest_end` is that of the mandate under which somebody answers.

    What the caller prefetched (`fields__dataset_version`, `purpose__organisation__areas`) is not read again.
    """
    prefetch_related_objects([version], "fields__dataset_version", "purpose__organisation__areas")
    fields = list(version.fields.all())
    organisations = Organisation.objects.filter(oin__in=version.recipients).values_list("oin", "departments")
    ends = [end for end in (latest_end, pilot_end(version)) if end is not None]
    return Bounds(
        fields=frozenset(field.name for field in fields),
        required_fields=frozenset(field.name for field in fields if field.required),
        recipients=frozenset(version.recipients),
        longest_validity=timedelta(days=version.longest_validity_days),
        most_uses=version.most_uses,
        now=now,
        longest_keep=timedelta(days=version.retention_days),
        departments={oin: frozenset(one["name"] for one in departments) for oin, departments in organisations},
        area_cells=frozenset(cell for area in version.purpose.organisation.areas.all() for cell in area.cells),
        answers={
            field.name: frozenset(
                one["name"] for one in field.dataset_version.derivations if one["pointer"] == field.pointer
            )
            for field in fields
        },
        answers_only={field.name: field.answer for field in fields if field.answer},
        latest_end=min(ends, default=None),
    )


def pilot_end(version: PurposeVersion) -> datetime | None:
    """Return the midnight in Europe/Amsterdam that ends the last day of a pilot, None for a purpose that is none."""
    if version.pilot_ends_on is None:
        return None
    return timezone.make_aware(datetime.combine(version.pilot_ends_on + timedelta(days=1), time.min))
