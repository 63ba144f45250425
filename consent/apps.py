from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from consent import actions
        from consent.receipts import checks  # noqa: F401 - registers itself on import

        actions.register_actions()
