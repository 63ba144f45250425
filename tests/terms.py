"""Terms and accesses as hypothesis draws them, for the properties that decisions keep."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from consent.area import cell_at
from consent.ask import Ask
from consent.bounds import Bounds
from consent.terms.window import DAYS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OIN = "00000001234567890000"
OTHER_OIN = "00000009876543210000"
FIELDS = [f"d#/{letter}" for letter in "abcd"]
DEPARTMENTS = ["work", "parking", "care"]
CASES = ["Z-1", "Z-2"]
# The square before the station and the quarter around it, and another town.
PLACE = cell_at(52.3676, 4.9041)
QUARTER = cell_at(52.3676, 4.9041, 7)
ELSEWHERE = cell_at(51.9225, 4.4792)
CELLS = [PLACE, QUARTER, ELSEWHERE]
ANSWERS = {"d#/a": frozenset({"adult", "pensioner"}), "d#/b": frozenset({"low-income"})}

BOUNDS = Bounds(
    fields=frozenset(FIELDS),
    required_fields=frozenset(),
    recipients=frozenset({OIN, OTHER_OIN}),
    longest_validity=timedelta(days=30),
    most_uses=None,
    now=NOW,
    departments={OIN: frozenset(DEPARTMENTS)},
    area_cells=frozenset({QUARTER, ELSEWHERE}),
    answers=ANSWERS,
    longest_keep=timedelta(days=90),
)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def some(values: list[Any], *, least: int = 1) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=least, unique_by=str)


windows = st.lists(
    st.fixed_dictionaries(
        {
            "days": some(list(DAYS)),
            "from": st.integers(0, 23 * 60 + 59).map(clock),
            "until": st.integers(0, 24 * 60).map(clock),
        }
    ),
    min_size=1,
    max_size=3,
)
recipients = st.lists(
    st.one_of(
        st.just({"oin": OIN}),
        st.sampled_from(DEPARTMENTS).map(lambda name: {"oin": OIN, "department": name}),
        st.just({"oin": OIN, "role": "requester"}),
        st.just({"oin": OTHER_OIN}),
    ),
    min_size=1,
    max_size=4,
)


def moments(least: int, most: int) -> st.SearchStrategy[str]:
    """Moments as hours from NOW."""
    return st.integers(least, most).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat())


# Every term, so that one which is added without a strategy is noticed by the test that looks for it.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "validUntil": moments(-5, 200),
    "validFrom": moments(-100, 100),
    "fields": some(FIELDS),
    "answerOnly": st.dictionaries(st.sampled_from(["d#/a"]), st.sampled_from(["adult", "pensioner"]), min_size=1),
    "uses": st.integers(1, 5),
    "usesPerPeriod": st.fixed_dictionaries(
        {"limit": st.integers(1, 5), "period": st.sampled_from(["day", "week", "month", "year"])}
    ),
    "window": windows,
    "recipients": recipients,
    "case": st.sampled_from(CASES),
    "area": some(CELLS),
    "aggregateOnly": st.just(True),
    "keep": st.fixed_dictionaries({"days": st.integers(1, 90)}),
    "keepUpToDate": st.just(True),
    "tellMe": st.just(True),
    "askMe": st.just(True),
}
_ALWAYS = ("validUntil", "fields", "recipients")


@st.composite
def stored_terms(draw: st.DrawFn) -> dict[str, Any]:
    """Terms of any kind, with those that every consent has."""
    return draw(
        st.fixed_dictionaries(
            {name: VALUES[name] for name in _ALWAYS},
            optional={name: values for name, values in VALUES.items() if name not in _ALWAYS},
        )
    )


@st.composite
def narrowed(draw: st.DrawFn, terms: dict[str, Any]) -> dict[str, Any]:
    """Terms of which many are narrower than `terms`, some the same, and some drawn anew."""
    narrow = draw(stored_terms())
    for name, value in terms.items():
        kept = draw(st.sampled_from(["same", "narrower", "narrower", "new"]))
        if kept == "same" or (kept == "narrower" and name not in _NARROWER):
            narrow[name] = value
        elif kept == "narrower":
            narrow[name] = draw(_NARROWER[name](value))
    return narrow


def _less_often(value: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.integers(1, value["limit"]).map(lambda limit: {**value, "limit": limit})


def _shorter(value: list[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.sampled_from(value).map(lambda one: [{**one, "days": one["days"][:1]}])


_NARROWER: dict[str, Any] = {
    "validUntil": lambda value: st.integers(0, 9).map(
        lambda hours: (datetime.fromisoformat(value) - timedelta(hours=hours)).isoformat()
    ),
    "validFrom": lambda value: st.integers(0, 9).map(
        lambda hours: (datetime.fromisoformat(value) + timedelta(hours=hours)).isoformat()
    ),
    "fields": some,
    "uses": lambda value: st.integers(1, value),
    "usesPerPeriod": _less_often,
    "window": _shorter,
    "recipients": lambda value: some(value),
    "area": lambda value: st.just([PLACE]) if QUARTER in value else some(value),
    "keep": lambda value: st.integers(1, value["days"]).map(lambda days: {"days": days}),
}


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    """Accesses of which many are allowed."""
    return Ask(
        fields=tuple(draw(some(FIELDS))),
        oin=draw(st.sampled_from([OIN, OIN, OTHER_OIN])),
        department=draw(st.sampled_from(DEPARTMENTS)),
        role="requester",
        case=draw(st.sampled_from(CASES)),
        now=NOW + timedelta(minutes=draw(st.integers(-300, 12_000))),
        uses_taken=draw(st.integers(0, 6)),
        place=draw(st.sampled_from(["", *CELLS])),
        period_started_at=draw(
            st.none() | st.integers(-400, 8).map(lambda days: datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=days))
        ),
        period_uses=draw(st.integers(0, 6)),
        approved=draw(st.booleans()),
        aggregate=draw(st.booleans()),
    )
