"""Mounted at `/audit/`: the public log, and the witness that we are for others. Paths are those of C2SP."""

from django.urls import include, path, re_path

from audit.api import log, witness
from audit.pages import public_log
from audit.tree.tiles import INDEX_PATTERN

# A width is 1 to 255 without zeros in front: a full tile has no other address than its plain one.
INDEX = rf"(?P<index>{INDEX_PATTERN})"
WIDTH = r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
LEVEL = r"(?P<level>[0-9]|[1-5][0-9]|6[0-3])"

log_patterns = [
    path("", public_log.log, name="log"),
    path("keys", public_log.keys, name="keys"),
    path("keys.txt", log.verifier_keys, name="keys-text"),
    path("checkpoint", log.checkpoint, name="checkpoint"),
    path("key", log.verifier_key, name="key"),
    path("witness-policy", log.witness_policy, name="witness-policy"),
    path("ended", log.ended_logs, name="ended-logs"),
    path("ended/<int:size>/statement", log.ended_log_statement, name="ended-log-statement"),
    path("timestamps", log.timestamps, name="timestamps"),
    path("timestamps/<int:size>.tsr", log.timestamp, name="timestamp"),
    path("timestamps/<int:size>.checkpoint", log.timestamped_checkpoint, name="timestamped-checkpoint"),
    path("promise-key", log.promise_keys, name="promise-key"),
    path("standalone_verifier.py", log.standalone_verifier, name="standalone-verifier"),
    path("evidence-key", log.evidence_key, name="evidence-key"),
    re_path(rf"^tile/entries/{INDEX}{WIDTH}$", log.entry_bundle, name="entry-bundle"),
    re_path(rf"^tile/{LEVEL}/{INDEX}{WIDTH}$", log.tile, name="tile"),
]

# Submission and monitoring prefix are the same.
witness_patterns = [
    path("add-checkpoint", witness.add_checkpoint, name="add-checkpoint"),
    path("key", witness.verifier_keys, name="key"),
    re_path(r"^(?P<origin_hash>[0-9a-f]{64})/checkpoint$", witness.seen_checkpoint, name="seen-checkpoint"),
]

app_name = "audit"
urlpatterns = [
    path("log/", include((log_patterns, "log"))),
    path("witness/", include((witness_patterns, "witness"))),
]
