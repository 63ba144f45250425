"""The citizen service number (burgerservicenummer, BSN), by the Wet algemene bepalingen burgerservicenummer."""

from django.utils.translation import gettext as _

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def is_bsn(value: str) -> bool:
    """Tell whether `value` is nine ASCII digits that pass the eleven-test and are not all zero."""
    if len(value) != 9 or not (value.isascii() and value.isdecimal()) or value == "000000000":
        return False
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, value, strict=True)) % 11 == 0


def check_bsn(value: str) -> str:
    """Return `value`; raise ValueError, without the number in its text, when it is no BSN."""
    if not is_bsn(value):
        raise ValueError(_("This is not a citizen service number: it has nine digits and a check digit."))
    return value
