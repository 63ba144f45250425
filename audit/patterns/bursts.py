"""Where events lie so close together that they are a pattern."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, and who did it."""

    at: datetime
    who: bytes


@dataclass(frozen=True, slots=True)
class Burst:
    """From and until when every event has enough others close to it."""

    first_at: datetime
    last_at: datetime


def find_bursts(events: Sequence[Event], *, least: int, within: timedelta, distinct: bool = False) -> list[Burst]:
    """Return the stretches that are made of windows of `within`, both ends included, with `least` events or more.

    `events` are in order of time. With `distinct` everybody counts once in a window. Windows that share an event are
    one stretch.
    """
    bursts: list[Burst] = []
    present: Counter[bytes] = Counter()
    first = 0
    for last, event in enumerate(events):
        present[event.who] += 1
        while event.at - events[first].at > within:
            present[events[first].who] -= 1
            if not present[events[first].who]:
                del present[events[first].who]
            first += 1
        if (len(present) if distinct else last - first + 1) < least:
            continue
        if bursts and events[first].at <= bursts[-1].last_at:
            bursts[-1] = Burst(bursts[-1].first_at, event.at)
        else:
            bursts.append(Burst(events[first].at, event.at))
    return bursts
