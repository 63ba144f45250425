"""Every address of the service, by the app that answers there."""

from django.urls import URLPattern, URLResolver, include, path

from audit.api.metrics import metrics
from deploy.health import health
from deploy.openapi import openapi
from deploy.tokens import RevokeTokenView, TokenView

urlpatterns: list[URLPattern | URLResolver] = [
    # The busiest first: Django tries them one by one.
    path("api/v1/", include("sharing.api.urls")),
    path("api/v1/", include("consent.api.urls")),
    path("api/v1/", include("audit.api.urls")),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("health/", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("oauth/token", TokenView.as_view(), name="token"),
    path("oauth/revoke", RevokeTokenView.as_view(), name="revoke-token"),
    path("audit/", include("audit.urls")),
    path("", include("deploy.pages.urls")),
    path("", include("audit.pages.urls")),
    path("", include("consent.pages.urls")),
    path("", include("sharing.pages.urls")),
    path("sign-in/", include("deploy.signin.urls")),
]

handler400 = "deploy.problems.bad_request"
handler403 = "deploy.problems.permission_denied"
handler404 = "deploy.problems.page_not_found"
handler500 = "deploy.problems.server_error"
