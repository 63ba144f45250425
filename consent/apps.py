from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from consent import actions
        from consent.mail import to_privacy_officer  # noqa: F401 - listens to the log
        from consent.receipts import checks  # noqa: F401 - registers itself on import
        from consent.services import contest  # noqa: F401 - listens to the log

        actions.register_actions()
