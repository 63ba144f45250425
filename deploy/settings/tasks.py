"""The cache, and the queue of tasks that workers carry out."""

from datetime import timedelta
from typing import Any

from deploy import broker
from deploy.settings.given import environment

REDIS_URL = environment.url("REDIS_URL", "the address of Redis", schemes=("redis", "rediss", "unix"), default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

LONGEST_TASK = timedelta(minutes=10)
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker.connection(
    environment.url(
        "CELERY_BROKER_URL",
        "the address of the queue of tasks",
        schemes=("redis", "rediss", "filesystem"),
    ),
    longest_task=LONGEST_TASK,
)
CELERY_BROKER_CONNECTION_TIMEOUT = 5
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A web request that cannot reach the queue says so at once instead of trying for minutes.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.5}
# Tasks are safe to run twice, so a task is done when it is finished, not when it is started.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = LONGEST_TASK.total_seconds()
CELERY_TASK_SOFT_TIME_LIMIT = LONGEST_TASK.total_seconds() - 30
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "deelwijs"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
