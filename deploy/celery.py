"""The task queue: `celery --app deploy.celery:app worker`, and `… beat` on exactly one machine."""

import os
from contextlib import AbstractContextManager
from typing import Any

from celery import Celery
from celery.signals import beat_init, before_task_publish, setup_logging, task_postrun, task_prerun, worker_init

from audit.trace import Trace, continue_trace_of, outgoing_headers, tracing
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


# The traces of the tasks that run in this process now, by the id of the task.
_tracing: dict[str, AbstractContextManager[Trace]] = {}


@before_task_publish.connect
def send_trace(headers: dict[str, Any], **_: Any) -> None:
    """Let a task go on in the trace of whoever asked for it (W3C Trace Context)."""
    headers.update(outgoing_headers())


@task_prerun.connect
def continue_trace_in_task(task_id: str, task: Any, **_: Any) -> None:
    # Whatever else stands in the queue, a header that is no text is no trace.
    sent = {name: value for name, value in (task.request.headers or {}).items() if isinstance(value, str)}
    _tracing[task_id] = tracing(continue_trace_of(sent))
    _tracing[task_id].__enter__()


@task_postrun.connect
def end_trace_of_task(task_id: str, **_: Any) -> None:
    if task_id in _tracing:
        _tracing.pop(task_id).__exit__(None, None, None)
