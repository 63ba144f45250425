"""`/oversight/` for auditors and privacy officers."""

from django.urls import path

from audit.pages import oversight, witnesses

urlpatterns = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/verification/", oversight.verification, name="oversight-verification"),
    path("oversight/witnesses/", witnesses.witnesses, name="oversight-witnesses"),
    path("oversight/entries/<uuid:entry_id>/", oversight.entry, name="oversight-entry"),
]
