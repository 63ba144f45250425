"""The public log as C2SP tlog-tiles: what monitors, witnesses and strangers read. No personal data, no session.

Everything is served up to the newest published checkpoint and no further: leaves beyond it are not promised to anyone
yet. A tile at one address never changes, so caches may keep it for ever; only the checkpoint moves. Entry bundles are
not compressed, although the specification says SHOULD: they are hashes, and gzip takes 50 bytes off 8,704.
"""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from hashlib import sha256

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from audit.evidence.evidence_key import load_evidence_signer
from audit.models import Checkpoint, EndedLog, Leaf, LoggedEntry, Record, Timestamp
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import write_log_keys
from audit.signing.promise_key import load_promise_verifiers
from audit.tree.entry_bundle import pack_bundle
from audit.tree.inclusion import NotInLogYet, prove_entry
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import TILE_WIDTH, TileAddress, read_index_path, width_in_tree
from audit.verifier_program import verifier_program

KEPT_FOR_EVER = "public, max-age=31536000, immutable"
ASKED_EVERY_TIME = "no-cache"
PLAIN_TEXT = "text/plain; charset=utf-8"
# What a column of the database holds.
MOST_LEAVES = 2**63 - 1
TIMESTAMPS = 1000


def published(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Answer GET and HEAD, 304 to who has it already, and the same to everybody, so that shared caches can keep it."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["ETag"] = f'"{sha256(response.content).hexdigest()[:32]}"'
        answered = get_conditional_response(request, etag=response.headers["ETag"], response=response) or response
        answered.is_same_for_everybody = True  # type: ignore[attr-defined]  # for the outermost middleware
        return answered

    return answer


@published
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed tree head that is published, with the signatures of its witnesses."""
    newest = Checkpoint.objects.newest_published()
    if newest is None:
        raise Http404
    return _public(newest.note, content_type=PLAIN_TEXT, kept=ASKED_EVERY_TIME)


@published
def verifier_key(request: HttpRequest) -> HttpResponse:
    """The Ed25519 key that checkpoints verify with now. Who means to catch us gets it elsewhere, and once."""
    return _public(f"{load_verifier()}\n", content_type=PLAIN_TEXT, kept=ASKED_EVERY_TIME)


@published
def verifier_keys(request: HttpRequest) -> HttpResponse:
    """Every key that the log ever signed with, one a line, with the sizes of the log between which it did."""
    return _public(write_log_keys(load_verifier().keys), content_type=PLAIN_TEXT, kept=ASKED_EVERY_TIME)


@published
def witness_policy(request: HttpRequest) -> HttpResponse:
    """Whose cosignatures checkpoints are published with (C2SP tlog-policy). A promise, not what we are held against."""
    if not settings.LOG_WITNESS_POLICY:
        raise Http404
    text = settings.LOG_WITNESS_POLICY.rstrip("\n") + "\n"
    return _public(text, content_type=PLAIN_TEXT, kept=ASKED_EVERY_TIME)


@published
def promise_keys(request: HttpRequest) -> HttpResponse:
    """The keys that promises verify with, one a line, the one that signs now first."""
    keys = "".join(f"{verifier}\n" for verifier in load_promise_verifiers())
    return _public(keys, content_type=PLAIN_TEXT, kept=ASKED_EVERY_TIME)


@published
def evidence_key(request: HttpRequest) -> HttpResponse:
    """The key that the seals of evidence bundles verify with."""
    verifier = load_evidence_signer().verifier
    return _public(f"{verifier}\n", content_type=PLAIN_TEXT, kept=ASKED_EVERY_TIME)


@published
def tile(request: HttpRequest, level: str, index: str, width: str | None = None) -> HttpResponse:
    """The hashes of a tile, joined."""
    wanted = _published_tile(int(level), index, width)
    return _public(StoredTiles().read([wanted])[wanted])


@published
def entry_bundle(request: HttpRequest, index: str, width: str | None = None) -> HttpResponse:
    """The leaves below a tile of level 0: the commitments of its entries."""
    wanted = _published_tile(0, index, width)
    return _public(pack_bundle(_commitments(wanted)))


@published
def ended_logs(request: HttpRequest) -> HttpResponse:
    """List the logs that this one succeeds, oldest first: what they signed last, and where it says how they ended."""
    listed = [
        {
            "origin": ended.origin,
            "keys": ended.verifier_keys.splitlines(),
            "lastCheckpoint": ended.last_note,
            "size": ended.size,
            "statement": f"ended/{ended.size}/statement",
        }
        for ended in EndedLog.objects.oldest_first()
    ]
    return _public(json.dumps(listed), content_type="application/json", kept=ASKED_EVERY_TIME)


@published
def ended_log_statement(request: HttpRequest, size: int) -> HttpResponse:
    """The entry that ended a log, with its proof: the one entry that is published readable. It is about nobody."""
    ended = EndedLog.objects.filter(size=min(size, MOST_LEAVES)).first()
    record = Record.objects.filter(entry_id=ended.entry_id).first() if ended else None
    if record is None:
        raise Http404
    try:
        proof = prove_entry(record)
    except NotInLogYet:
        raise Http404 from None
    return _public(proof.to_tlog_proof(), content_type=PLAIN_TEXT, kept=ASKED_EVERY_TIME)


@published
def timestamps(request: HttpRequest) -> HttpResponse:
    """List the timestamps, newest first; `before` is a size to go on from."""
    try:
        before = min(int(request.GET.get("before", MOST_LEAVES)), MOST_LEAVES)
    except ValueError:
        raise Http404 from None
    listed = [
        {
            "size": stamp.size,
            "at": stamp.at.isoformat(),
            "authority": stamp.authority,
            "response": f"timestamps/{stamp.size}.tsr",
            "checkpoint": f"timestamps/{stamp.size}.checkpoint",
        }
        for stamp in Timestamp.objects.newest_first().filter(size__lt=before).defer("response")[:TIMESTAMPS]
    ]
    return _public(json.dumps(listed), content_type="application/json", kept=ASKED_EVERY_TIME)


@published
def timestamp(request: HttpRequest, size: int) -> HttpResponse:
    """The answer of the time stamping authority, as it came (RFC 3161 TimeStampResp)."""
    stamp = Timestamp.objects.filter(size=min(size, MOST_LEAVES)).first()
    if stamp is None:
        raise Http404
    return _public(bytes(stamp.response), content_type="application/timestamp-reply")


@published
def timestamped_checkpoint(request: HttpRequest, size: int) -> HttpResponse:
    """The bytes that were timestamped."""
    stamped = Timestamp.objects.filter(size=min(size, MOST_LEAVES)).exists()
    checkpoint = Checkpoint.objects.filter(size=size).first() if stamped else None
    if checkpoint is None:
        raise Http404
    return _public(checkpoint.note, content_type=PLAIN_TEXT)


@published
def standalone_verifier(request: HttpRequest) -> HttpResponse:
    """Hand out the program that checks all this without the service. Who is wary compares it with the source."""
    answer = _public(verifier_program(), content_type="text/x-python; charset=utf-8", kept=ASKED_EVERY_TIME)
    answer["Content-Disposition"] = 'attachment; filename="standalone_verifier.py"'
    return answer


def _published_tile(level: int, index: str, width: str | None) -> TileAddress:
    """Read an address; 404 for a tile, or more of one, than the newest published checkpoint covers."""
    size = Checkpoint.objects.published_size()
    wanted = TileAddress(level, read_index_path(index), int(width or TILE_WIDTH))
    if size is None or wanted.width > width_in_tree(wanted.level, wanted.index, size):
        raise Http404
    return wanted


def _commitments(tile: TileAddress) -> Iterator[bytes]:
    first = tile.index * TILE_WIDTH
    leaves = Leaf.objects.filter(index__gte=first, index__lt=first + tile.width).order_by("index")
    entry_ids = list(leaves.values_list("entry_id", flat=True))
    commitments = LoggedEntry.objects.in_bulk(entry_ids)
    for entry_id in entry_ids:
        yield bytes(commitments[entry_id].commitment)


def _public(
    body: str | bytes, *, content_type: str = "application/octet-stream", kept: str = KEPT_FOR_EVER
) -> HttpResponse:
    return HttpResponse(
        body,
        content_type=content_type,
        headers={"Cache-Control": kept, "Access-Control-Allow-Origin": "*"},
    )
