"""`/oversight/` for auditors and privacy officers."""

from django.urls import path

from audit.pages import exports, oversight

urlpatterns = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/verification/", oversight.verification, name="oversight-verification"),
    path("oversight/exports/", exports.exports, name="oversight-exports"),
    path("oversight/exports/new/", exports.new_export, name="oversight-export-new"),
    path("oversight/exports/<uuid:export_id>/", exports.progress, name="oversight-export"),
    path("oversight/exports/<uuid:export_id>/cancel/", exports.cancel, name="oversight-export-cancel"),
    path("oversight/exports/<uuid:export_id>/file/", exports.download, name="oversight-export-download"),
    path("oversight/entries/<uuid:entry_id>/", oversight.entry, name="oversight-entry"),
]
