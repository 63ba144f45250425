"""A walk through the page of witnesses, and the register with what they signed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from playwright.sync_api import BrowserContext, Page

from audit.models import Checkpoint, Cosignature, Publication, ShownFork, WatchedLog
from audit.models.watched_log import hash_origin
from audit.roles import SEQUENCER
from audit.services.alarm import raise_alarm
from audit.services.witness import FORKED
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.signed_note import Signer
from audit.witness.cosignature import CosigningKey, Kind
from audit.witness.publisher import SILENT, UNPUBLISHED
from audit.witness.signature_line import split_note
from tests.audit.log import signed_in_as
from tests.browser.conftest import SignIn, Town

NEIGHBOUR = Signer("neighbour.example/log", bytes(32))
NORTH, SOUTH = (CosigningKey(f"{name}.example/witness", Kind.ED25519, name.encode() * 8) for name in ("noor", "zuid"))


def visit_witnesses(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield the page without witnesses, and with all that can be wrong; and the register with their lines."""
    sign_in(browsing, town.cast.hanna.account)
    page.goto("/oversight/witnesses/")
    yield "no witnesses"
    before, now = settings.LOG_WITNESS_POLICY, datetime.now(UTC)
    _let_north_sign(now)
    _watch(now)
    raise_alarm(kind=SILENT, where="zuid", explanation="The witness zuid signs nothing: it answered 503.")
    raise_alarm(kind=UNPUBLISHED, where=settings.LOG_ORIGIN, explanation="Something waits for witnesses.")
    raise_alarm(kind=FORKED, where=NEIGHBOUR.name, explanation="The log signed two different trees.")
    try:
        settings.LOG_WITNESS_POLICY = (
            f"witness noord {NORTH.cosigner} https://noor.example\nwitness zuid {SOUTH.cosigner} https://zuid.example\n"
            "group een any noord zuid\nquorum een\n"
        )
        page.goto("/oversight/witnesses/")
        page.locator("main details summary").first.click()
        yield "witnesses of both sides"
        page.goto("/register/")
        yield "the register with what witnesses signed"
    finally:
        settings.LOG_WITNESS_POLICY = before


def _let_north_sign(now: datetime) -> None:
    newest = Checkpoint.objects.newest_first().first()
    assert newest is not None
    line = NORTH.cosign(split_note(newest.note)[0], at=int(now.timestamp()))
    with signed_in_as(SEQUENCER):
        Cosignature.objects.create(
            size=newest.size,
            key_name=NORTH.name,
            key_id=NORTH.cosigner.key_id.hex(),
            line=str(line),
            at=now,
            received_at=now,
        )
        Publication.objects.create(size=newest.size, at=now)


def _watch(now: datetime) -> None:
    heads = [TreeHead(NEIGHBOUR.name, 1234, bytes([number]) * 32) for number in range(2)]
    notes = [sign_checkpoint(head, NEIGHBOUR) for head in heads]
    for origin, size, note in ((NEIGHBOUR.name, 1234, notes[0]), ("quiet.example/log", 0, "")):
        WatchedLog.objects.create(
            origin=origin,
            origin_hash=hash_origin(origin),
            keys=str(NEIGHBOUR.verifier),
            added_at=now,
            size=size,
            note=note,
            cosigned_at=now if note else None,
        )
    ShownFork.objects.create(
        origin=NEIGHBOUR.name, size=1234, root=heads[1].root, note=notes[1], known_note=notes[0], found_at=now
    )
