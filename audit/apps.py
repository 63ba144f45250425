from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        # All register themselves on import: the app's own actions, and its system checks.
        from audit import actions, checks  # noqa: F401 - models must be loaded first
        from audit.patterns import actions as of_patterns  # noqa: F401
