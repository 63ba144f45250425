"""The history of the consents that there are already, read from the audit log: each change with its text and terms."""

import json
import uuid
from datetime import datetime

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from uuid_utils.compat import uuid7

# What the log called a change, what it is called in the history, and the state that it led to.
_CHANGES = {
    "consent.granted": ("grant", "given"),
    "consent.refused": ("refuse", "refused"),
    "consent.withdrawn": ("withdraw", "withdrawn"),
    "consent.expired": ("expire", "expired"),
}


def write_history(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    consents = apps.get_model("consent", "Consent").objects
    changes = apps.get_model("consent", "ConsentChange").objects
    records = apps.get_model("audit", "Record").objects
    told = records.filter(action__in=_CHANGES, consent__isnull=False).order_by("at", "entry_id")
    for record in told.iterator(chunk_size=1000):
        entry = json.loads(bytes(record.canonical))
        consent = consents.filter(pk=record.consent).first()
        if consent is None or entry["purposeVersion"] is None:
            continue
        event, state = _CHANGES[record.action]
        details = entry["details"]
        earlier = changes.filter(consent=consent).order_by("version").last()
        changes.create(
            id=uuid7(),
            consent=consent,
            version=entry["consentVersion"],
            event=event,
            state=state,
            at=datetime.fromisoformat(entry["at"]),
            purpose_version_id=uuid.UUID(entry["purposeVersion"]),
            # An end leaves the terms as the yes before it had them.
            conditions=details.get("terms", earlier.conditions if earlier else {}),
            language=details.get("language", earlier.language if earlier else ""),
            notice_hash=details.get("noticeHash", earlier.notice_hash if earlier else ""),
            uses_taken=0 if event == "grant" else consent.uses_taken,
            entry=record.entry_id,
        )


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_consent_in_full"), ("audit", "0001_tables")]

    operations = [migrations.RunPython(write_history, migrations.RunPython.noop)]
