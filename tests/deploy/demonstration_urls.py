"""The addresses of a demonstration, for tests whose settings are those of a real service."""

from django.urls import include, path

from deploy.demonstration.sign_in import sign_in_as

urlpatterns = [
    path("sign-in/demonstration/", sign_in_as, name="sign-in-as"),
    path("", include("deploy.urls")),
]

handler400 = "deploy.problems.bad_request"
handler403 = "deploy.problems.permission_denied"
handler404 = "deploy.problems.page_not_found"
handler500 = "deploy.problems.server_error"
