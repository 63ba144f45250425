"""The description of the API, for anyone, at `/api/v1/openapi.json`."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457, with a stable code.",
    "properties": {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable: this is what a program looks at."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901) into the request body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["pointer", "code", "detail"],
            },
        },
        "params": {"type": "object", "description": "What the detail was made from."},
        "entryId": {
            "type": "string",
            "format": "uuid",
            "description": "The entry of the audit log that stands for it.",
        },
        "promise": {
            "type": "string",
            "description": "A signed note: that the entry will stand in the log in time. Keys: /audit/log/promise-key.",
        },
        "traceId": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    "required": ["status", "title", "detail", "code"],
}
API_SCOPES: dict[str, str] = settings.OAUTH2_PROVIDER["SCOPES"]  # type: ignore[assignment]  # a dictionary of its own
API_VERSION_HEADER = {"description": "The version of the API.", "schema": {"type": "string"}}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # has no types
    """How a system of an organisation shows who it is."""

    target_class = "consent.api.authentication.BearerAuthentication"
    name = "system"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scopes = {scope: str(meaning) for scope, meaning in API_SCOPES.items()}
        return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": reverse("token"), "scopes": scopes}}}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # has no types
    """How the browser of someone who signed in does."""

    target_class = "consent.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with OpenAPI 3.1, also to scripts of other sites, as the NL API Design Rules want it."""
    response = HttpResponse(_document(), content_type="application/json")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    return response


def describe_problems(result: dict[str, Any], generator: SchemaGenerator, request: Any, public: bool) -> dict[str, Any]:
    """Add to every operation what all of them share: how errors look, and the header with the version."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components.setdefault("headers", {})["ApiVersion"] = API_VERSION_HEADER
    components.setdefault("responses", {})["Problem"] = {
        "description": "The request was refused or failed; `code` says why.",
        "headers": {"API-Version": {"$ref": "#/components/headers/ApiVersion"}},
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                response.setdefault("headers", {})["API-Version"] = {"$ref": "#/components/headers/ApiVersion"}
            for status in ("4XX", "5XX"):
                operation["responses"].setdefault(status, {"$ref": "#/components/responses/Problem"})
    return result


@cache
def _document() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # has no types
    rendered: bytes = OpenApiJsonRenderer().render(schema)
    return rendered
