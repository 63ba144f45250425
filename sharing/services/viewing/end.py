"""Ending a viewing: by who looks, by the clock, or because it is no longer allowed. Each end is logged once."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.services.append import append_entry
from consent.actor import Actor
from consent.lifecycle import State
from consent.verdict import Verdict
from sharing.errors import NoViewing
from sharing.models import Viewing
from sharing.models.viewing import ViewingQuerySet
from sharing.services.viewing.entries import viewing_ended

# A player asks for the next bytes every few seconds while it plays, and for nothing while it is paused.
QUIET_FOR = timedelta(minutes=5)
_LAST_BREATH = timedelta(seconds=10)


def stop_viewing(*, actor: Actor, release_id: UUID, file_id: UUID) -> Viewing:
    """End a viewing because who looks says to be done; what is on its way stops at its next check.

    Raises NoViewing where this actor views no such file now.
    """
    own = Viewing.objects.running().filter(
        release_id=release_id,
        file_id=file_id,
        release__organisation_id=actor.organisation_id,
        release__actor=actor.id,
    )
    ended = _end(own, lambda _viewing: Viewing.End.STOPPED)
    if ended is None:
        raise NoViewing
    return ended


def was_just_stopped(*, release_id: UUID, file_id: UUID) -> bool:
    """Tell whether who looked has said a moment ago to be done: a player asks on until its page is gone."""
    just_now = timezone.now() - _LAST_BREATH
    stopped = Viewing.objects.filter(release_id=release_id, file_id=file_id, end=Viewing.End.STOPPED)
    return stopped.filter(ended_at__gte=just_now).exists()


def cut_off(*, viewings: ViewingQuerySet, verdicts: Iterable[Verdict]) -> UUID | None:
    """End the one running viewing among `viewings` because a decision refused it; return the id of the entry.

    None when none was running: then its end is in the log already.
    """
    ended = _end(viewings.running(), lambda _viewing: Viewing.End.REFUSED, verdicts)
    return None if ended is None else ended.end_entry


def cut_off_without_consent(viewings: ViewingQuerySet) -> int:
    """End those of `viewings` whose consent is no longer given; return how many.

    A player that is paused asks for nothing, so that no check of a stretch would ever end them.
    """
    ended = 0
    without = viewings.running().exclude(release__consent__state=State.GIVEN)
    for viewing_id, state in without.values_list("pk", "release__consent__state"):
        refusal = Verdict("consent-given", False, {"state": state})
        ended += cut_off(viewings=Viewing.objects.filter(pk=viewing_id), verdicts=[refusal]) is not None
    return ended


def end_unseen_viewings() -> int:
    """End the viewings that are over without anybody having said so; return how many.

    Those whose consent has ended or is paused end as refused. Of the others those of which nothing was heard for
    QUIET_FOR end as quiet, with the exact number of bytes; where a stream never said that it ended, its process was
    killed and the number is the least. Safe to run twice, and by two at once.
    """
    ended = cut_off_without_consent(Viewing.objects.all())
    unseen = Viewing.objects.unseen_since(timezone.now() - QUIET_FOR)
    for viewing_id in unseen.values_list("pk", flat=True):
        # Read again under the lock: it may have been seen since.
        ended += _end(unseen.filter(pk=viewing_id), _quiet_or_unknown) is not None
    return ended


def _quiet_or_unknown(viewing: Viewing) -> Viewing.End:
    return Viewing.End.UNKNOWN if viewing.streams else Viewing.End.QUIET


@transaction.atomic
def _end(
    viewings: ViewingQuerySet, how: Callable[[Viewing], Viewing.End], verdicts: Iterable[Verdict] = ()
) -> Viewing | None:
    """End the one viewing that `viewings` finds, with its entry; None when there is none any more."""
    viewing: Viewing | None = viewings.select_for_update(no_key=True, of=("self",)).select_related("file").first()
    if viewing is None:
        return None
    viewing.ended_at, viewing.end = timezone.now(), how(viewing)
    viewing.end_entry = append_entry(viewing_ended(viewing, at=viewing.ended_at, verdicts=verdicts)).id
    viewing.save(update_fields=["ended_at", "end", "end_entry"])
    return viewing
