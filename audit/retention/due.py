"""Which records have outlived the period of their class."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from audit.actions import all_actions
from audit.models import Record
from audit.models.record import RecordQuerySet
from audit.retention.classes import CONSENT, RetentionClass
from audit.retention.holds import is_held
from audit.retention.in_force import period_in_force
from audit.retention.periods import months_before


def due_records(of_class: RetentionClass, *, now: datetime) -> RecordQuerySet:
    """Return the records of a class whose period is over, whether something holds them or not.

    A record of an action that this version of the service does not know is never due: nobody knows its rule.
    """
    months = period_in_force(of_class)
    if months is None:
        return Record.objects.none()
    before = months_before(now, months)
    due = Record.objects.filter(action__in=_actions_of(of_class), at__lt=before)
    return due.filter(_consent_is_over(before)) if of_class.name == CONSENT else due


def erasable_records(of_class: RetentionClass, *, now: datetime) -> RecordQuerySet:
    """Return the records that are due and that nothing holds."""
    return due_records(of_class, now=now).exclude(is_held(now))


def held_records(of_class: RetentionClass, *, now: datetime) -> RecordQuerySet:
    """Return the records that are due and that something holds."""
    return due_records(of_class, now=now).filter(is_held(now))


def class_of_action(name: str) -> RetentionClass | None:
    """Return the class of an action by its name; None where this version of the service does not know it."""
    return next((action.retention_class for action in all_actions() if action.name == name), None)


def _actions_of(of_class: RetentionClass) -> list[str]:
    return [action.name for action in all_actions() if action.retention_class is of_class]


def _consent_is_over(before: datetime) -> Q:
    """Return the condition that the log says how the consent ended, before that moment, and nothing since.

    What says so goes last: without it nothing else of the consent would ever be due.
    """
    of_consent = Record.objects.filter(
        consent=OuterRef("consent"),
        consent__isnull=False,
        action__in=[action.name for action in all_actions() if action.retention_class.name == CONSENT],
    )
    ends = [action.name for action in all_actions() if action.ends_consent]
    over = Q(Exists(of_consent.filter(action__in=ends, outcome="allowed", at__lt=before)))
    quiet = ~Q(Exists(of_consent.filter(at__gte=before)))
    goes_last = ~Q(action__in=ends) | ~Q(Exists(of_consent.exclude(action__in=ends)))
    return Q(consent=None) | (over & quiet & goes_last)
