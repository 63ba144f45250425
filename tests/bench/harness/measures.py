"""Figures of many runs."""

from collections.abc import Sequence


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that `part` of all stay at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
