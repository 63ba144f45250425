"""Constraints of ODRL 2.2 as terms, in exactly the form in which this service writes them."""

import re
from typing import Any

from consent.odrl.profile import CELL, COUNTS, CURRENT, PERIODS, name_in

_DAYS = re.compile(r"P([1-9][0-9]{0,4})D", re.ASCII)
_PERIOD_NAMES = {written: name for name, written in PERIODS.items()}


class CannotEnforce(Exception):
    """A constraint that this service has no term for."""


def read_constraint(one: Any) -> tuple[str, Any]:
    """Return the name and value of the term that a constraint stands for; raise CannotEnforce when there is none."""
    if isinstance(one, dict) and set(one) == {"and"}:
        return "usesPerPeriod", _uses_per_period(one["and"])
    left, operator, right = _parts(one)
    match left, operator, right:
        case "dateTime", "lt", {"@type": "xsd:dateTime", "@value": str(moment), **rest} if not rest:
            return "validUntil", moment
        case "dateTime", "gteq", {"@type": "xsd:dateTime", "@value": str(moment), **rest} if not rest:
            return "validFrom", moment
        case "count", "lteq", int(limit):
            return "uses", limit
        case "recipient", "isAnyOf", list(found):
            return "recipients", [_unprefixed(item) for item in found]
        case "dw:window", "isAnyOf", list(found):
            return "window", [_unprefixed(item) for item in found]
        case "event", "eq", str(number):
            return "case", number
        case "spatial", "isAnyOf", list(found):
            return "area", [_cell(item) for item in found]
        case "dw:output", "eq", {"@id": counts, **rest} if counts == COUNTS and not rest:
            return "aggregateOnly", True
        case "dw:values", "eq", {"@id": current, **rest} if current == CURRENT and not rest:
            return "keepUpToDate", True
        case _:
            raise CannotEnforce


def read_days(constraints: Any) -> int:
    """Return the days after which data is deleted; raise CannotEnforce for any other constraints on deleting."""
    if not isinstance(constraints, list) or len(constraints) != 1:
        raise CannotEnforce
    match _parts(constraints[0]):
        case "delayPeriod", "lteq", {"@type": "xsd:duration", "@value": str(period), **rest} if not rest:
            found = _DAYS.fullmatch(period)
            if found is not None:
                return int(found[1])
    raise CannotEnforce


def _uses_per_period(parts: Any) -> dict[str, Any]:
    match parts:
        case {"@list": [often, interval], **rest} if not rest:
            pass
        case _:
            raise CannotEnforce
    match _parts(often), _parts(interval):
        case (
            ("count", "lteq", int(limit)),
            ("timeInterval", "eq", {"@type": "xsd:duration", "@value": str(written), **rest}),
        ) if not rest and written in _PERIOD_NAMES:
            return {"limit": limit, "period": _PERIOD_NAMES[written]}
    raise CannotEnforce


def _parts(one: Any) -> tuple[str, str, Any]:
    if not isinstance(one, dict) or set(one) != {"leftOperand", "operator", "rightOperand"}:
        raise CannotEnforce
    left, operator = one["leftOperand"], one["operator"]
    if not isinstance(left, str) or not isinstance(operator, str):
        raise CannotEnforce
    return left, operator, one["rightOperand"]


def _unprefixed(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict) or not all(name.startswith("dw:") for name in item):
        raise CannotEnforce
    return {name.removeprefix("dw:"): value for name, value in item.items()}


def _cell(item: Any) -> str:
    try:
        return name_in(CELL, item)
    except ValueError:
        raise CannotEnforce from None
