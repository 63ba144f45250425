"""Mounted under `/api/v1/`."""

from django.urls import path

from audit.api.views import (
    CheckpointConsistencyProof,
    CheckpointDetail,
    CheckpointList,
    EntryDetail,
    EntryList,
    EntryProofDetail,
)

urlpatterns = [
    path("entries", EntryList.as_view(), name="entries"),
    path("entries/<uuid:entry_id>", EntryDetail.as_view(), name="entry"),
    path("entries/<uuid:entry_id>/proof", EntryProofDetail.as_view(), name="entry-proof"),
    path("checkpoints", CheckpointList.as_view(), name="checkpoints"),
    path("checkpoints/<int:size>", CheckpointDetail.as_view(), name="checkpoint"),
    path("checkpoints/<int:size>/consistency-proof", CheckpointConsistencyProof.as_view(), name="consistency-proof"),
]
