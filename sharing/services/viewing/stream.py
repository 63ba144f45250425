"""The bytes of a file on their way to who views it, a stretch at a time."""

import time
from collections.abc import Iterator
from typing import Self
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from audit.trace import Trace, current_trace, tracing
from consent.actor import Actor
from sharing.models import Viewing
from sharing.released_file import ReleasedFile
from sharing.services.viewing.end import cut_off
from sharing.services.viewing.stretch import (
    StretchRefused,
    ViewingIsOver,
    first_stretch,
    next_stretch,
)

MIB = 1024 * 1024
# What is opened and handed to the web server at once: 16 sealed chunks. Larger pieces are hardly faster (measured), and
# wait in the memory of every stream.
PIECE = 256 * 1024
# After so much everything is checked again. It is what may still leave after a withdrawal; and a check takes some
# milliseconds, as long as opening so much (measured), so with less a film would come slower.
STRETCH = 4 * MIB
# And after so long, because a player that is paused takes the rest of its stretch an hour later.
STRETCH_SECONDS = 10.0

logger = structlog.get_logger(__name__)


class StreamCut(Exception):
    """The answer ends before its end. Raised to the web server, so that it breaks the connection and the caller sees
    that bytes are missing; a plain end would look like the whole."""


class FileStream(Iterator[bytes]):
    """The bytes of a file from `start` to before `stop`, which is an answer on its way.

    Between two pieces no transaction is open and no key is kept longer than a stretch. `close`, which the web server
    calls whatever happened, counts what left: every piece that was handed over, taken or not.
    """

    def __init__(self, found: ReleasedFile, actor: Actor, *, start: int, stop: int, still: bool, plays: bool) -> None:
        stretch = first_stretch(found, actor, still=still, plays=plays)
        self._found, self._actor, self._still = found, actor, still
        self._viewing_id: UUID = stretch.viewing_id
        self._reader = stretch.reader
        self._position, self._stop = start, stop
        self._uncounted = 0
        self._trace = current_trace() or Trace()
        self._ended = False
        self._begin_stretch()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._ended or self._position >= self._stop:
            self.close()
            raise StopIteration
        try:
            if self._stretch_is_over():
                self._go_on()
            piece = self._reader.read_range(self._position, min(self._position + PIECE, self._stop))
        except BaseException:
            self.close()
            raise
        self._position += len(piece)
        self._uncounted += len(piece)
        return piece

    def close(self) -> None:
        """Count what left and that this stream is over. Safe to call twice."""
        if self._ended:
            return
        self._ended = True
        self._reader.close()
        try:
            Viewing.objects.filter(pk=self._viewing_id).update(
                bytes_read=F("bytes_read") + self._uncounted, streams=F("streams") - 1, last_seen_at=timezone.now()
            )
        except DatabaseError:
            # The stream stays counted as on its way, and its viewing ends as unknown.
            logger.exception("a stream could not be counted")

    def _stretch_is_over(self) -> bool:
        return self._position - self._begun_at >= STRETCH or time.monotonic() >= self._lasts_until

    def _begin_stretch(self) -> None:
        self._begun_at = self._position
        self._lasts_until = time.monotonic() + STRETCH_SECONDS

    def _go_on(self) -> None:
        # The view has returned long ago; its entries belong to the same trace.
        with tracing(self._trace):
            self._reader.close()
            try:
                self._reader = next_stretch(
                    self._found, self._actor, self._viewing_id, still=self._still, left=self._uncounted
                )
            except StretchRefused as refused:
                self.close()
                cut_off(viewings=Viewing.objects.filter(pk=self._viewing_id), verdicts=refused.check.decision.verdicts)
                raise StreamCut(refused.check.decision.reason) from None
            except ViewingIsOver:
                raise StreamCut("the viewing has ended") from None
        self._uncounted = 0
        self._begin_stretch()
