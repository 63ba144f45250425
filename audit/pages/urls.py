"""`/oversight/` for auditors and privacy officers."""

from django.urls import path

from audit.pages import contests, oversight

urlpatterns = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/verification/", oversight.verification, name="oversight-verification"),
    path("oversight/entries/<uuid:entry_id>/", oversight.entry, name="oversight-entry"),
    path("oversight/contests/", contests.contests, name="oversight-contests"),
    path("oversight/contests/<uuid:contest_id>/", contests.contest, name="oversight-contest"),
]
