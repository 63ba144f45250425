"""`/oversight/` for auditors and privacy officers."""

from django.urls import path

from audit.pages import alarms, oversight

urlpatterns = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/verification/", oversight.verification, name="oversight-verification"),
    path("oversight/alarms/", alarms.alarms, name="oversight-alarms"),
    path("oversight/alarms/<uuid:alarm_id>/look/", alarms.look, name="oversight-alarm-look"),
    path("oversight/entries/<uuid:entry_id>/", oversight.entry, name="oversight-entry"),
]
