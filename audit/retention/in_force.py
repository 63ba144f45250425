"""The period that a class has here, which the setting RETENTION_PERIODS may say otherwise than the program."""

from django.conf import settings

from audit.retention.classes import RetentionClass


def period_in_force(of_class: RetentionClass) -> int | None:
    """Return the period of a class in months, None for ever."""
    if of_class.months is None:
        return None
    months: int = settings.RETENTION_PERIODS.get(of_class.name, of_class.months)
    return months
