"""The public log as C2SP tlog-tiles: what monitors, witnesses and strangers read. No personal data, no session.

Everything is served up to the newest checkpoint and no further: leaves beyond it are not promised to anyone yet.
A tile at one address never changes, so caches may keep it for ever; only the checkpoint moves.
"""

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from audit.evidence.evidence_key import load_evidence_signer
from audit.models import Checkpoint, Leaf, LoggedEntry
from audit.signing.log_key import load_verifier
from audit.tree.entry_bundle import pack_bundle
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import TILE_WIDTH, TileAddress, read_index_path, width_in_tree

KEPT_FOR_EVER = "public, max-age=31536000, immutable"
ASKED_EVERY_TIME = "no-cache"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed tree head."""
    newest = Checkpoint.objects.newest_published()
    if newest is None:
        raise Http404
    return _public(newest.note, content_type="text/plain; charset=utf-8", kept=ASKED_EVERY_TIME)


@require_safe
def verifier_key(request: HttpRequest) -> HttpResponse:
    """The key that checkpoints verify with. Who means to catch us gets it elsewhere, and once."""
    return _public(f"{load_verifier()}\n", content_type="text/plain; charset=utf-8", kept=ASKED_EVERY_TIME)


@require_safe
def evidence_key(request: HttpRequest) -> HttpResponse:
    """The key that the seals of evidence bundles verify with."""
    verifier = load_evidence_signer().verifier
    return _public(f"{verifier}\n", content_type="text/plain; charset=utf-8", kept=ASKED_EVERY_TIME)


@require_safe
def tile(request: HttpRequest, level: str, index: str, width: str | None = None) -> HttpResponse:
    """The hashes of a tile, joined."""
    wanted = _published_tile(int(level), index, width)
    return _public(StoredTiles().read([wanted])[wanted])


@require_safe
def entry_bundle(request: HttpRequest, index: str, width: str | None = None) -> HttpResponse:
    """The leaves below a tile of level 0: the commitments of its entries."""
    wanted = _published_tile(0, index, width)
    return _public(pack_bundle(_commitments(wanted)))


def _published_tile(level: int, index: str, width: str | None) -> TileAddress:
    """Read an address; 404 for a tile, or more of one, than the newest checkpoint covers."""
    newest = Checkpoint.objects.newest_published()
    wanted = TileAddress(level, read_index_path(index), int(width or TILE_WIDTH))
    if newest is None or wanted.width > width_in_tree(wanted.level, wanted.index, newest.size):
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
