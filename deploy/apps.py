"""The composition as a Django app: its templates, texts, checks and commands are found like those of the others."""

from django.apps import AppConfig


class DeployConfig(AppConfig):
    name = "deploy"
    verbose_name = "Deelwijs"

    def ready(self) -> None:
        # Shared tasks find their queue through this app; without it a web process would look for AMQP.
        from deploy import celery, checks  # noqa: F401 both need the settings, and register themselves
