"""The migration that writes the history of consents from before there was one: it says what the services say."""

import importlib

from django.apps import apps
from django.db import connection

from consent.models import ConsentChange
from consent.services.answer import refuse_purpose
from consent.services.change import withdraw_consent
from tests.cast import Cast

migration = importlib.import_module("consent.migrations.0005_history_so_far")

COLUMNS = (
    "consent_id",
    "version",
    "event",
    "state",
    "at",
    "purpose_version_id",
    "conditions",
    "language",
    "notice_hash",
    "uses_taken",
    "entry",
)


def history() -> list[tuple[object, ...]]:
    return list(ConsentChange.objects.order_by("at", "version").values_list(*COLUMNS))


def test_the_history_is_read_back_from_the_log(cast: Cast) -> None:
    consent = cast.grant()
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    refuse_purpose(citizen=cast.bram, purpose_version_id=cast.energy.pk)
    written = history()
    assert len(written) == 3
    ConsentChange.objects.all().delete()
    with connection.schema_editor() as editor:
        migration.write_history(apps, editor)
    assert history() == written
