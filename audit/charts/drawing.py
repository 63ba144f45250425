"""Where the marks of a chart stand, in the units of its view box: 320 wide, whatever the screen.

Coordinates are texts with a point, so that no language writes them with a comma.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

WIDTH = 320.0
PATTERNS = 5
"""Series are told apart by pattern as well as by colour: there are this many."""

_PLOT_TOP, _PLOT_HEIGHT, _PLOT_LEFT, _BELOW = 10.0, 150.0, 40.0, 26.0
_ROW, _BAR, _NUMBER = 48.0, 16.0, 48.0
_LONGEST_LABEL = 46

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar: of which row and which series of the chart, so that it can say and link what the table says."""

    x: str
    y: str
    width: str
    height: str
    row: int
    series: int


@dataclass(frozen=True, slots=True)
class Label:
    x: str
    y: str
    anchor: Anchor
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line at a value."""

    x1: str
    x2: str
    y: str


@dataclass(slots=True)
class Drawing:
    height: str
    marks: list[Mark] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: str = f"{WIDTH:.0f}"


def draw_columns(numbers: Sequence[Sequence[int]], labels: Sequence[str], *, stacked: bool) -> Drawing:
    """Draw a column a row, of one number a series: on top of each other, or side by side."""
    highest = max((sum(row) if stacked else max(row, default=0) for row in numbers), default=0)
    top = round_up(highest)
    bottom = _PLOT_TOP + _PLOT_HEIGHT
    drawing = Drawing(_text(bottom + _BELOW))
    for value in sorted({0, top // 2 if top % 2 == 0 else 0, top}):
        y = bottom - _PLOT_HEIGHT * value / top
        drawing.lines.append(Line(_text(_PLOT_LEFT), _text(WIDTH), _text(y)))
        drawing.labels.append(Label(_text(_PLOT_LEFT - 6), _text(y + 4), "end", str(value)))
    step = (WIDTH - _PLOT_LEFT) / max(len(numbers), 1)
    gap = min(step * 0.2, 4.0)
    for row, values in enumerate(numbers):
        left, base = _PLOT_LEFT + row * step + gap / 2, bottom
        width = (step - gap) if stacked else (step - gap) / max(len(values), 1)
        for series, value in enumerate(values):
            height = _PLOT_HEIGHT * value / top
            x = left if stacked else left + series * width
            if value:
                mark = Mark(_text(x), _text(base - height), _text(width), _text(height), row, series)
                drawing.marks.append(mark)
            base = base - height if stacked else bottom
    _label_ends(drawing, labels, bottom + 18)
    return drawing


def draw_bars(numbers: Sequence[int], labels: Sequence[str]) -> Drawing:
    """Draw a bar a row, its label above and its number behind it."""
    longest = max(numbers, default=0) or 1
    drawing = Drawing(_text(_ROW * len(numbers)))
    for row, (number, label) in enumerate(zip(numbers, labels, strict=True)):
        top = row * _ROW
        length = (WIDTH - _NUMBER) * number / longest
        drawing.labels.append(Label("0", _text(top + 16), "start", shortened(label)))
        if number:
            drawing.marks.append(Mark("0", _text(top + 23), _text(max(length, 1.0)), _text(_BAR), row, 0))
        drawing.labels.append(Label(_text(length + 6), _text(top + 36), "start", str(number)))
    return drawing


def round_up(highest: int) -> int:
    """Return the next number that is 1, 2 or 5 with zeros: where an axis ends. At least 1."""
    power = 1
    while True:
        for leading in (1, 2, 5):
            if leading * power >= highest:
                return leading * power
        power *= 10


def shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1].rstrip()}…"


def _label_ends(drawing: Drawing, labels: Sequence[str], y: float) -> None:
    """Say which the first and the last column are; the table says all."""
    if not labels:
        return
    if len(labels) == 1:
        drawing.labels.append(Label(_text((_PLOT_LEFT + WIDTH) / 2), _text(y), "middle", labels[0]))
        return
    drawing.labels.append(Label(_text(_PLOT_LEFT), _text(y), "start", labels[0]))
    drawing.labels.append(Label(_text(WIDTH), _text(y), "end", labels[-1]))


def _text(number: float) -> str:
    return f"{number:.1f}"
