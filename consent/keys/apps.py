from django.apps import AppConfig


class KeysConfig(AppConfig):
    """The key tables are an app of their own, because they can live in a database of their own."""

    name = "consent.keys"
    label = "keys"
