"""`/oversight/` for auditors and privacy officers."""

from django.urls import path

from audit.pages import charts, findings, oversight, pattern_rules, saved_searches

urlpatterns = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/verification/", oversight.verification, name="oversight-verification"),
    path("oversight/entries/<uuid:entry_id>/", oversight.entry, name="oversight-entry"),
    path("oversight/searches/", saved_searches.searches, name="oversight-searches"),
    path("oversight/searches/<uuid:search_id>/", saved_searches.search, name="oversight-search"),
    path("oversight/charts/", charts.oversight_charts, name="oversight-charts"),
    path("oversight/findings/", findings.findings, name="oversight-findings"),
    path("oversight/findings/rules/", pattern_rules.rules, name="oversight-rules"),
    path("oversight/findings/<uuid:finding_id>/", findings.finding, name="oversight-finding"),
]
