"""`/oversight/` for auditors and privacy officers."""

from django.urls import include, path

from audit.pages import (
    alarms,
    charts,
    contests,
    deferrals,
    exports,
    findings,
    oversight,
    pattern_rules,
    retention,
    saved_searches,
    witnesses,
)

retention_patterns = [
    path("", retention.retention, name="oversight-retention"),
    path("holds/new/", retention.new_hold, name="oversight-hold-new"),
    path("holds/<uuid:hold_id>/lift/", retention.lift, name="oversight-hold-lift"),
    path("orders/new/", retention.new_order, name="oversight-erasure-new"),
    path("orders/<uuid:order_id>/<slug:answer>/", retention.decide, name="oversight-erasure-decide"),
]

urlpatterns = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/verification/", oversight.verification, name="oversight-verification"),
    path("oversight/witnesses/", witnesses.witnesses, name="oversight-witnesses"),
    path("oversight/alarms/", alarms.alarms, name="oversight-alarms"),
    path("oversight/alarms/<uuid:alarm_id>/look/", alarms.look, name="oversight-alarm-look"),
    path("oversight/exports/", exports.exports, name="oversight-exports"),
    path("oversight/exports/new/", exports.new_export, name="oversight-export-new"),
    path("oversight/exports/<uuid:export_id>/", exports.progress, name="oversight-export"),
    path("oversight/exports/<uuid:export_id>/cancel/", exports.cancel, name="oversight-export-cancel"),
    path("oversight/exports/<uuid:export_id>/file/", exports.download, name="oversight-export-download"),
    path("oversight/entries/<uuid:entry_id>/", oversight.entry, name="oversight-entry"),
    path("oversight/deferrals/", deferrals.deferrals, name="oversight-deferrals"),
    path("oversight/deferrals/<uuid:deferral_id>/lift/", deferrals.lift, name="oversight-deferral-lift"),
    path("oversight/retention/", include(retention_patterns)),
    path("oversight/contests/", contests.contests, name="oversight-contests"),
    path("oversight/contests/<uuid:contest_id>/", contests.contest, name="oversight-contest"),
    path("oversight/searches/", saved_searches.searches, name="oversight-searches"),
    path("oversight/searches/<uuid:search_id>/", saved_searches.search, name="oversight-search"),
    path("oversight/charts/", charts.oversight_charts, name="oversight-charts"),
    path("oversight/findings/", findings.findings, name="oversight-findings"),
    path("oversight/findings/rules/", pattern_rules.rules, name="oversight-rules"),
    path("oversight/findings/<uuid:finding_id>/", findings.finding, name="oversight-finding"),
]
