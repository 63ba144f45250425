"""Mounted at `/audit/`: the public log. Paths are those of C2SP tlog-tiles."""

from django.urls import include, path, re_path

from audit.api import log
from audit.tree.tiles import INDEX_PATTERN

# A width is 1 to 255 without zeros in front: a full tile has no other address than its plain one.
INDEX = rf"(?P<index>{INDEX_PATTERN})"
WIDTH = r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
LEVEL = r"(?P<level>[0-9]|[1-5][0-9]|6[0-3])"

log_patterns = [
    path("checkpoint", log.checkpoint, name="checkpoint"),
    path("key", log.verifier_key, name="key"),
    path("evidence-key", log.evidence_key, name="evidence-key"),
    re_path(rf"^tile/entries/{INDEX}{WIDTH}$", log.entry_bundle, name="entry-bundle"),
    re_path(rf"^tile/{LEVEL}/{INDEX}{WIDTH}$", log.tile, name="tile"),
]

app_name = "audit"
urlpatterns = [path("log/", include((log_patterns, "log")))]
