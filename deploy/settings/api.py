"""What callers may send, and how the API and its description are made."""

from deploy.settings.files import LARGEST_FILE, LARGEST_PART
from deploy.settings.given import environment

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
