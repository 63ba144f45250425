"""Deelwijs' settings: what may differ between two deployments is read from the environment, the rest stands here.

`deploy/README.md` lists every variable. `deploy/try` and `deploy/test` set them all themselves.
Mistakes that a single value cannot show, such as SQLite in production, are found by `deploy/checks.py`.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from deploy import broker, databases, logs, mail, retention
from deploy.environment import Environment
from deploy.key_service import key_service
from deploy.last_checkpoint import last_checkpoint
from deploy.signin import providers

BASE = Path(__file__).resolve().parent.parent
environment = Environment(os.environ)

# --- What kind of service this is ---------------------------------------------------------------------------------

DEMONSTRATION = environment.switch(
    "DEMONSTRATION", "whether anyone may sign in as an invented person, to try the service out", default=False
)
DEBUG = environment.switch("DEBUG", "whether errors show code to visitors", default=False)
SECRET_KEY = environment.text("SECRET_KEY", "50 or more random characters that only this service knows")
ALLOWED_HOSTS = environment.texts("ALLOWED_HOSTS", "the host names under which people reach this service")
# Stands in receipts and e-mails, which are written where no request says under what name people came.
SERVICE_ADDRESS = environment.url(
    "SERVICE_ADDRESS", "the address of this service, such as https://deelwijs.example.nl", schemes=("https", "http")
).rstrip("/")
PROXY_TELLS_HTTPS = environment.switch(
    "PROXY_TELLS_HTTPS",
    "whether a proxy in front sets X-Forwarded-Proto itself and never passes on a caller's",
    default=False,
)
# A trial runs on plain http at a loopback address, where browsers refuse `__Host-` and Secure cookies.
HTTPS = not DEMONSTRATION

# --- The parts ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "deploy",
    "sharing",
    "consent",
    "consent.keys",
    "audit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "csp",
]

MIDDLEWARE = [
    "deploy.middleware.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "deploy.middleware.lanes.LanesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "deploy.middleware.input.InputMiddleware",
    "deploy.middleware.problems.ProblemMiddleware",
]
# What only people need, who come with a session; `LanesMiddleware` runs it, in this order.
PEOPLE_MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "deploy.middleware.sessions.SessionLifetimeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "deploy.urls"
WSGI_APPLICATION = "deploy.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "deploy.context.front_end",
            ],
        },
    }
]

# --- Database -----------------------------------------------------------------------------------------------------

DATABASE_STATEMENT_TIMEOUT = environment.duration(
    "DATABASE_STATEMENT_TIMEOUT",
    "how long one statement may take",
    default=timedelta(seconds=15),
    most=timedelta(hours=1),
)
DATABASES = {
    "default": databases.configuration(
        environment.url("DATABASE_URL", "the address of the database", schemes=("postgres", "postgresql", "sqlite")),
        statement_timeout=DATABASE_STATEMENT_TIMEOUT,
    )
}
_keystore = environment.url(
    "KEYSTORE_DATABASE_URL",
    "the address of a database of its own for the key tables",
    schemes=("postgres", "postgresql"),
    default="",
)
if _keystore:
    DATABASES["keystore"] = databases.configuration(_keystore, statement_timeout=DATABASE_STATEMENT_TIMEOUT)
DATABASE_ROUTERS = ["consent.keys.keystore.KeystoreRouter"]

# --- Virus scanner ------------------------------------------------------------------------------------------------

# Empty: files are not scanned, which production warns of.
VIRUS_SCANNER_URL = environment.url(
    "VIRUS_SCANNER_URL", "the address of ClamAV's clamd", schemes=("tcp", "unix"), default=""
)

# --- Cache and queue ----------------------------------------------------------------------------------------------

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
CELERY_BEAT_SCHEDULE = {
    # Reads refuse from the moment of expiry whatever this does; what waits for the minute is the key's destruction.
    "expire-consents": {"task": "consent.tasks.expire_consents", "schedule": timedelta(minutes=1)},
    "send-mails": {"task": "consent.tasks.send_mails", "schedule": timedelta(minutes=1)},
    "end-mandates": {"task": "consent.tasks.end_mandates", "schedule": timedelta(minutes=10)},
    "remind-about-ends": {"task": "consent.tasks.remind_about_ends", "schedule": timedelta(days=1)},
    "remove-old-mails": {"task": "consent.tasks.remove_old_mails", "schedule": timedelta(days=1)},
    "keep-exports": {"task": "sharing.tasks.keep_exports", "schedule": timedelta(minutes=5)},
    "check-uploads": {"task": "sharing.tasks.check_uploads", "schedule": timedelta(minutes=1)},
    "remove-abandoned-uploads": {"task": "sharing.tasks.remove_abandoned_uploads", "schedule": timedelta(minutes=10)},
    "collect-files": {"task": "sharing.tasks.collect_files", "schedule": timedelta(hours=6)},
    "count-figures": {"task": "consent.tasks.count_figures", "schedule": timedelta(minutes=1)},
    # Asking and releasing refuse from the midnight itself; bounds end every consent there too.
    "end-pilots": {"task": "consent.tasks.end_pilots", "schedule": timedelta(minutes=1)},
    "tell-of-recent-versions": {"task": "consent.tasks.tell_of_recent_versions", "schedule": timedelta(hours=1)},
    "turn-epochs": {"task": "consent.tasks.turn_epochs", "schedule": timedelta(minutes=10)},
    "carry-out-key-orders": {"task": "consent.tasks.carry_out_key_orders", "schedule": timedelta(minutes=1)},
    "sweep-keys": {"task": "consent.tasks.sweep_keys", "schedule": timedelta(hours=1)},
    # The next bytes refuse from the withdrawal itself; what waits for the minute is the line that says so in the log.
    "end-unseen-viewings": {"task": "sharing.tasks.end_unseen_viewings", "schedule": timedelta(minutes=1)},
    # What was kept back shows itself at its moment; what waits for the minute is the line that says so.
    "end-deferrals": {"task": "audit.tasks.end_deferrals", "schedule": timedelta(minutes=1)},
    "make-partitions": {"task": "audit.tasks.make_partitions", "schedule": timedelta(days=1)},
    "watch-erasing": {"task": "audit.tasks.watch_erasing", "schedule": timedelta(days=1)},
    "tell-of-alarms": {"task": "audit.tasks.tell_of_alarms", "schedule": timedelta(minutes=1)},
    "resume-verification": {"task": "audit.tasks.resume_verification", "schedule": timedelta(minutes=1)},
    "watch-contests": {"task": "audit.tasks.watch_contests", "schedule": timedelta(hours=1)},
    "find-patterns": {"task": "audit.tasks.find_patterns", "schedule": timedelta(minutes=1)},
    "keep-log-exports": {"task": "audit.tasks.keep_log_exports", "schedule": timedelta(minutes=1)},
    # What a worker that was away finds in its queue is one run, not one for every ten seconds of it.
    "send-logboek": {
        "task": "audit.tasks.send_logboek",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "remove-expired": {"task": "deploy.tasks.remove_expired", "schedule": timedelta(days=1)},
}

# --- E-mail -------------------------------------------------------------------------------------------------------

_mail = mail.mail_server(
    environment.url(
        "EMAIL_URL",
        "the address of the mail server, smtp://user:password@host:587 or smtps://user:password@host:465",
        schemes=("smtp", "smtps", "file"),
    )
)
EMAIL_BACKEND = _mail.backend
EMAIL_FILE_PATH = _mail.folder
EMAIL_HOST = _mail.host
EMAIL_PORT = _mail.port
EMAIL_HOST_USER = _mail.user
EMAIL_HOST_PASSWORD = _mail.password
EMAIL_USE_TLS = _mail.starts_tls
EMAIL_USE_SSL = _mail.tls
# A worker that waits for a slow server sends nothing else.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text(
    "EMAIL_FROM", "the address that e-mails come from", default="Deelwijs <deelwijs@example.nl>"
)

# --- Keys and the log ---------------------------------------------------------------------------------------------

_keys = key_service(environment)
KEY_SERVICE = _keys.kind
KEY_SERVICE_FOLDER = _keys.folder
KEY_SERVICE_TIMEOUT = _keys.timeout
PKCS11_MODULE = _keys.pkcs11_module
PKCS11_TOKEN = _keys.pkcs11_token
PKCS11_PIN = _keys.pkcs11_pin
TRANSIT_ADDRESS = _keys.transit_address
TRANSIT_TOKEN = _keys.transit_token
TRANSIT_TOKEN_FILE = _keys.transit_token_file
TRANSIT_MOUNT = _keys.transit_mount
TRANSIT_NAMESPACE = _keys.transit_namespace
KEY_EPOCH_LENGTH = environment.duration(
    "KEY_EPOCH_LENGTH",
    "how long new keys are wrapped under the same epoch key",
    default=timedelta(days=30),
    most=timedelta(days=366),
)
# Two epochs at the least: the current one, and the one that a backup may still need.
ERASURE_HORIZON = environment.duration(
    "ERASURE_HORIZON",
    "how long after its end a key can still be had from a backup, at the most",
    default=2 * KEY_EPOCH_LENGTH,
    most=timedelta(days=732),
)
# A sixteenth of what AES-GCM bears with random nonces: the count leaves out what was rolled back.
KEY_MOST_WRAPS = 2**28
LOG_ORIGIN = environment.text("LOG_ORIGIN", "the log's name, such as deelwijs.example.nl/audit/log")
LOG_SIGNING_KEY_FILE = environment.path("LOG_SIGNING_KEY_FILE", "the file of the key that signs checkpoints")
LOG_LONGEST_DEFERRAL = environment.duration(
    "LOG_LONGEST_DEFERRAL", "how long a resident can be kept from seeing a line of the log", default=timedelta(days=180)
)
LOG_PROMISE_KEY_FILE = environment.path(
    "LOG_PROMISE_KEY_FILE", "the file of the key that signs promises to those who get data"
)
_last_checkpoint = last_checkpoint(environment)
LOG_LAST_CHECKPOINT_FILE = _last_checkpoint.file
LOG_LAST_CHECKPOINT_URL = _last_checkpoint.url
LOG_LAST_CHECKPOINT_ACCESS_KEY = _last_checkpoint.access_key
LOG_LAST_CHECKPOINT_SECRET_KEY = _last_checkpoint.secret_key
LOG_PROMISED_DELAY = environment.duration(
    "LOG_PROMISED_DELAY",
    "how soon an entry stands in a signed checkpoint",
    default=timedelta(seconds=60),
    most=timedelta(days=1),
)
# What is not named keeps the period that `audit.retention.classes` gives.
RETENTION_PERIODS = retention.periods(environment)
# The text of a policy (C2SP tlog-policy). Empty: nobody cosigns, and everything that is signed is published.
LOG_WITNESS_POLICY = environment.text(
    "LOG_WITNESS_POLICY", "which witnesses cosign the log, in the format of C2SP tlog-policy", default=""
)
LOG_WITNESS_TIMEOUT = environment.duration(
    "LOG_WITNESS_TIMEOUT",
    "how long a witness may take to answer",
    default=timedelta(seconds=5),
    most=timedelta(minutes=1),
)
# Without a key of our own we are no witness for the logs of others.
WITNESS_NAME = environment.text(
    "WITNESS_NAME", "our name as a witness, such as deelwijs.example.nl/witness", default=""
)
WITNESS_KEY_FILE = environment.text(
    "WITNESS_KEY_FILE", "the file of the key that we cosign the logs of others with", default=""
)
# Empty: checkpoints are not timestamped.
LOG_TIMESTAMP_URL = environment.url(
    "LOG_TIMESTAMP_URL", "the address of a time stamping authority (RFC 3161)", schemes=("https", "http"), default=""
)
LOG_TIMESTAMP_CERTIFICATES = environment.path(
    "LOG_TIMESTAMP_CERTIFICATES", "a PEM file with the certificates of the time stamping authority", default=Path()
)
LOG_TIMESTAMP_INTERVAL = environment.duration(
    "LOG_TIMESTAMP_INTERVAL",
    "how often the newest checkpoint is timestamped",
    default=timedelta(hours=1),
    most=timedelta(days=1),
)
if LOG_TIMESTAMP_URL:
    CELERY_BEAT_SCHEDULE["timestamp-checkpoint"] = {
        "task": "audit.tasks.timestamp_checkpoint",
        "schedule": LOG_TIMESTAMP_INTERVAL,
    }
LOG_MONITOR_EVERY = environment.duration(
    "LOG_MONITOR_EVERY",
    "how often the monitor looks at the log",
    default=timedelta(seconds=10),
    most=timedelta(hours=1),
)
LOG_RECOMPUTED_WITHIN = environment.duration(
    "LOG_RECOMPUTED_WITHIN",
    "within how long the monitor recomputes the whole log",
    default=timedelta(days=7),
    most=timedelta(days=366),
)
# Empty: alarms stand at /oversight/alarms/ and in the metrics, and nobody gets a mail.
LOG_ALARM_EMAIL = environment.texts("LOG_ALARM_EMAIL", "the addresses that get a mail of every alarm", default=())
# Empty: there are no metrics.
METRICS_TOKEN = environment.text(
    "METRICS_TOKEN", "20 or more random characters by which the one who reads /metrics is known", default=""
)
RECEIPT_SIGNING_KEY_FILE = environment.path("RECEIPT_SIGNING_KEY_FILE", "the file of the key that signs receipts")
AUDIT_PEOPLE = "deploy.people.People"
# Of what happens at the service itself, such as signing in, no organisation stands in the log.
SERVICE_CONTROLLER = environment.text(
    "SERVICE_CONTROLLER",
    "the OIN of the organisation that answers for the service itself",
    default="00000099000000001000" if DEMONSTRATION else "",
)

# --- The log for others -------------------------------------------------------------------------------------------

# Empty: nobody collects a Logboek Dataverwerkingen.
LDV_DESTINATIONS_FILE = environment.variables.get("LDV_DESTINATIONS_FILE", "").strip()
EVIDENCE_KEY_FILE = environment.path("EVIDENCE_KEY_FILE", "the file of the key that seals evidence bundles")
LDV_LONGEST_BACKLOG = environment.duration(
    "LDV_LONGEST_BACKLOG",
    "how old what a collector of the Logboek Dataverwerkingen did not take may be before an alarm",
    default=timedelta(minutes=15),
)

# --- Files --------------------------------------------------------------------------------------------------------

FILE_STORAGE_URL = environment.url(
    "FILE_STORAGE_URL",
    "where sealed files lie, file:///folder or s3://bucket/prefix?endpoint=https://host",
    schemes=("file", "s3"),
)
# Without them boto3 finds keys by itself: in its own files and variables, or from the machine that it runs on.
FILE_STORAGE_ACCESS_KEY = environment.text("FILE_STORAGE_ACCESS_KEY", "the access key of the bucket", default="")
FILE_STORAGE_SECRET_KEY = environment.text("FILE_STORAGE_SECRET_KEY", "the secret key of the bucket", default="")
LARGEST_FILE = environment.size(
    "LARGEST_FILE", "the size of the largest file that a citizen can add", default=10 * 1024**3, most=64 * 1024**3
)
MOST_FILES_SIZE = environment.size(
    "MOST_FILES_SIZE", "how much one citizen can store in all", default=100 * 1024**3, most=1024**5
)
# One request brings at most so much of an upload; a lost connection costs at most as much again.
LARGEST_PART = 16 * 1024**2
MOST_UPLOADS = 5
UPLOAD_KEPT = timedelta(hours=24)
# A check that did not begin, or did not end, within these is begun once more.
CHECK_QUEUED = timedelta(minutes=1)
CHECK_TAKES = LONGEST_TASK
# Not longer than a release can be repeated: what decides on the one decides on the other.
FILE_VIEWING_TIME = environment.duration(
    "FILE_VIEWING_TIME",
    "how long after a release its files can be viewed",
    default=timedelta(hours=4),
    most=timedelta(hours=24),
)

# --- Signing in ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "consent.Account"
# No model backend: nobody has a password here.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
IDENTITY_PROVIDERS = providers.configured(environment)
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "deploy.signin.provider.Provider", "APPS": IDENTITY_PROVIDERS}
}
SOCIALACCOUNT_ADAPTER = "deploy.signin.adapter.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = True
# An account has a subject at its provider, and neither a user name nor an address here.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS: set[str] = set()
# Nobody signs up by a form; an empty list would bring back allauth's own fields.
ACCOUNT_SIGNUP_FIELDS = ["email"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# It wants a login method among those fields.
SILENCED_SYSTEM_CHECKS = ["account.W001"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
# OWASP ASVS 5.0 V7.3.1 and V7.3.2; `deploy/middleware/sessions.py` holds both.
SESSION_IDLE = timedelta(minutes=30)
SESSION_LONGEST = timedelta(hours=12)
SESSION_COOKIE_AGE = int(SESSION_IDLE.total_seconds())
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "deploy.problems.csrf_failure"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

OAUTH2_PROVIDER_APPLICATION_MODEL = "consent.Client"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "purposes:read": _("Read purposes"),
        "consents:read": _("Read the state of consents"),
        "requests:write": _("Ask for data"),
        "releases:write": _("Receive data"),
        "entries:read": _("Read entries of the log"),
    },
    "DEFAULT_SCOPES": [],
    "SCOPES_BACKEND_CLASS": "consent.scopes.RoleScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "PKCE_REQUIRED": True,
}

# Where the quick way out of quiet mode goes: a page that nobody asks about.
QUICK_EXIT_URL = environment.url(
    "QUICK_EXIT_URL", "the page that the quick way out leads to", default="https://www.buienradar.nl/"
)

# --- What browsers are told ---------------------------------------------------------------------------------------

if PROXY_TELLS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
# Machines inside ask for health over plain http.
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not `no-referrer`: it empties the Origin header of our own forms, by which Django tells them from another site's.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "media-src": ["'self'"],
        "connect-src": ["'self'"],
        # Browsers hold the redirect of a form against this too, and the sign-in form ends at the provider.
        "form-action": [
            "'self'",
            *sorted({_origin(app["settings"]["server_url"]) for app in IDENTITY_PROVIDERS}),
            # The quick way out is a form too, and its answer leads there.
            _origin(QUICK_EXIT_URL),
        ],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- What callers may send ----------------------------------------------------------------------------------------

LARGEST_BODY = 1024 * 1024
# Addresses below which a body may be larger: a part of a file, and a whole one in a form, around which the form needs
# some room too. Their views read the body in pieces, for a caller they know.
LARGER_BODIES = {
    "/api/v1/uploads/": LARGEST_PART,
    "/my/files/add/": LARGEST_FILE + LARGEST_BODY,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = LARGEST_BODY
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "consent.api.authentication.BearerAuthentication",
        "consent.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["deploy.permissions.Nobody"],
    "DEFAULT_PARSER_CLASSES": ["deploy.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "deploy.problems.problem_details",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# Semantic version of the API; its major number is the `v1` of the paths. Sent in the header API-Version.
API_VERSION = "1.0.0"
API_CONTACT = {
    "name": environment.text("CONTACT_NAME", "the name of who answers questions about the API", default="Deelwijs"),
    "email": environment.text("CONTACT_EMAIL", "where questions about the API go", default="deelwijs@example.nl"),
    "url": environment.url("CONTACT_URL", "a page about who runs this service", default="https://deelwijs.example.nl/"),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Deelwijs",
    "DESCRIPTION": "Sharing data on the citizen's own terms: purposes, consents, requests, releases and the log.",
    "VERSION": API_VERSION,
    "OAS_VERSION": "3.1.0",
    "CONTACT": API_CONTACT,
    "LICENSE": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    "SERVERS": [{"url": "/api/v1", "description": "This service"}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "deploy.openapi.describe_problems",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Four things have a state, each with names of its own.
    "ENUM_NAME_OVERRIDES": {
        "ConsentState": "consent.api.consent_detail.STATES",
        "OfferState": "consent.models.Offer.State",
        "ApprovalState": "consent.models.Approval.State",
        "UploadState": "sharing.models.Upload.State",
    },
}

# --- Language, time, look -----------------------------------------------------------------------------------------

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
USE_I18N = True
FORMAT_MODULE_PATH = ["deploy.formats"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

VAR = environment.path("VAR", "the folder for what the service makes and may lose", default=BASE / "var")
LOG_WATCH_FOLDER = environment.path(
    "LOG_WATCH_FOLDER",
    "a folder outside the database for what the monitor and verify_log remember of the log",
    default=VAR / "log-watch",
)
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_PACKAGES = environment.path(
    "STATIC_PACKAGES", "the folder of what set-up brought in from npm", default=VAR / "static-packages"
)
STATICFILES_DIRS = [STATIC_PACKAGES] if STATIC_PACKAGES.is_dir() else []
STORAGES = {
    # Nothing is kept by Django itself: what citizens add lies sealed in FILE_STORAGE_URL.
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
THEME_CLASS = environment.text("THEME_CLASS", "the class of the theme on every page", default="voorbeeld-theme")
# Paths below STATIC_URL, in the order in which pages load them; those that are not there are left out.
THEME_STYLESHEETS = environment.texts(
    "THEME_STYLESHEETS",
    "the style sheets of the theme",
    default=(
        "packages/noto-sans/latin-400.css",
        "packages/noto-sans/latin-700.css",
        "packages/noto-serif/latin-700.css",
        "packages/voorbeeld-design-tokens/theme.css",
        "packages/utrecht-component-library/index.css",
    ),
)

# --- Logs ---------------------------------------------------------------------------------------------------------

LOG_LEVEL = environment.text("LOG_LEVEL", "the least level that is logged", default="INFO").upper()
LOGGING_CONFIG = "deploy.logs.configure"
LOGGING = logs.configuration(level=LOG_LEVEL)
