"""The policy that this log is published by, as the settings give it."""

from functools import cache

from django.conf import settings

from audit.witness.policy import Policy, read_policy


def configured_policy() -> Policy | None:
    """Read LOG_WITNESS_POLICY; None where nobody cosigns. Raise PolicyError, which a system check finds first."""
    return _read(settings.LOG_WITNESS_POLICY) if settings.LOG_WITNESS_POLICY else None


_read = cache(read_policy)
