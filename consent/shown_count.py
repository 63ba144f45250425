"""How counts of people are published: never so that one person can be told from them.

A count below ten is hidden, and so is zero. Hiding alone is not enough: subtract what is shown from a total, or
yesterday's count from today's, and a hidden number comes out. So every count that is shown is rounded down to a whole
ten, and what is subtracted is never known better than that.
"""

SMALLEST = 10


def shown_count(count: int) -> int | None:
    """Return `count` rounded down to a whole ten; None when it is below ten."""
    return count - count % SMALLEST if count >= SMALLEST else None
