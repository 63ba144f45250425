"""Beginning to view a file, or going on: what an answer with bytes is made from."""

from typing import NoReturn

from django.utils import timezone

from consent.actor import Actor
from consent.verdict_sentences import sentence
from sharing.errors import ViewingRefused
from sharing.models import Viewing
from sharing.release_entry import visible_verdicts
from sharing.released_file import ReleasedFile
from sharing.services.viewing.check import check_viewing
from sharing.services.viewing.end import cut_off
from sharing.services.viewing.stream import FileStream
from sharing.services.viewing.stretch import StretchRefused, refuse_first


def view_file(
    found: ReleasedFile, *, actor: Actor, start: int, stop: int, still: bool = False, plays: bool = False
) -> FileStream:
    """Return the bytes of a file from `start` to before `stop`, or of its still picture, on their way.

    All ranges of a file are one viewing, whose entry is durable when this returns. Raises ViewingRefused, after an
    entry that is the end of the viewing where one ran; ReleasedFileNotFound; ConsentBusy; LogNotWritable;
    ViewingStopped for what a player (`plays`) asks just after its viewer said to be done; or, after an entry with the
    outcome "failed", what kept the bytes closed.
    """
    try:
        return FileStream(found, actor, start=start, stop=stop, still=still, plays=plays)
    except StretchRefused as refused:
        _refuse(found, actor, refused)


def check_may_view(found: ReleasedFile, *, actor: Actor) -> None:
    """Decide as `view_file` does, for who asks about a file and not for its bytes; log no more than a refusal.

    Raises ViewingRefused, ReleasedFileNotFound or LogNotWritable.
    """
    now = timezone.now()
    check = check_viewing(found, actor, now)
    if not check.decision.allowed:
        _refuse(found, actor, StretchRefused(check, now))


def _refuse(found: ReleasedFile, actor: Actor, refused: StretchRefused) -> NoReturn:
    check = refused.check
    running = Viewing.objects.filter(release_id=found.release_id, file_id=found.file.pk)
    entry_id = cut_off(viewings=running, verdicts=check.decision.verdicts) or refuse_first(found, actor, refused)
    verdicts = visible_verdicts(check.standing, actor, check.decision)
    raise ViewingRefused(
        " ".join(sentence(v.code, v.holds, v.params) for v in verdicts if not v.holds),
        params={"verdicts": [verdict.as_dict() for verdict in verdicts]},
        entry_id=entry_id,
    ) from None
