"""`/oversight/` for auditors and privacy officers."""

from django.urls import path

from audit.pages import deferrals, oversight

urlpatterns = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/verification/", oversight.verification, name="oversight-verification"),
    path("oversight/entries/<uuid:entry_id>/", oversight.entry, name="oversight-entry"),
    path("oversight/deferrals/", deferrals.deferrals, name="oversight-deferrals"),
    path("oversight/deferrals/<uuid:deferral_id>/lift/", deferrals.lift, name="oversight-deferral-lift"),
]
