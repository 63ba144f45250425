"""The task queue: `celery --app deploy.celery:app worker`, and `… beat` on exactly one machine."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

from deploy.starting import refuse_failed_checks, refuse_wrong_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
refuse_wrong_settings()

app = Celery("deelwijs")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def check(**_: Any) -> None:
    refuse_failed_checks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Celery sets up logging of its own unless someone listens here; Django's settings already did."""
