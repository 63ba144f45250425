"""`/register/` for everybody and `/my/` for citizens."""

from django.urls import path

from consent.pages import my, register

urlpatterns = [
    path("register/", register.register, name="register"),
    path("register/<slug:slug>/", register.register_purpose, name="register-purpose"),
    path("my/", my.my, name="my"),
    path("my/history/", my.history, name="my-history"),
    path("my/purposes/<slug:slug>/", my.my_purpose, name="my-purpose"),
    path("my/consents/<uuid:consent_id>/", my.my_consent, name="my-consent"),
]
