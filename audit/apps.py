from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        # These register themselves on import: the app's own actions, its system checks, and what holds records.
        from audit import actions  # noqa: F401 - models must be loaded first
        from audit.checks import guards, keys, settings  # noqa: F401
        from audit.contests import actions as contest_actions  # noqa: F401
        from audit.contests import hold as contest_hold  # noqa: F401
        from audit.deferral import hold  # noqa: F401
        from audit.patterns import actions as of_patterns  # noqa: F401
