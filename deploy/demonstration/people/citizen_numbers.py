"""Citizen service numbers for tests: those that begin with 99999 are given to nobody."""

import random

from consent.bsn import is_bsn

PREFIX = "99999"


def citizen_numbers(drawn: random.Random, *, first: tuple[str, ...] = ()) -> list[str]:
    """Return every test number that passes the eleven-test, `first` in front and the others shuffled."""
    numbers = [number for number in (f"{PREFIX}{rest:04}" for rest in range(10_000)) if is_bsn(number)]
    missing = [number for number in first if number not in numbers]
    if missing:
        raise ValueError(f"{len(missing)} of the first numbers are no test numbers")
    others = [number for number in numbers if number not in first]
    drawn.shuffle(others)
    return [*first, *others]
