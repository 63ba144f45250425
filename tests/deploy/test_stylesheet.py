"""The style sheet says what it seems to say: browsers take a block that is not closed without a word."""

import re

from django.conf import settings

STYLES = (settings.BASE / "deploy" / "static" / "deelwijs" / "deelwijs.css").read_text(encoding="utf-8")
# With as many lines, so that a fault has its place.
WITHOUT_COMMENTS = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), STYLES, flags=re.DOTALL)


def test_every_block_is_closed_before_the_next_begins() -> None:
    """Only what stands within `@…` stands within a block."""
    within: list[str] = []
    for number, line in enumerate(WITHOUT_COMMENTS.splitlines(), 1):
        if "{" in line:
            assert not [outer for outer in within if not outer.startswith("@")], f"line {number}: {line}"
            within.append(line.strip())
        for _ in range(line.count("}")):
            assert within, f"line {number} closes nothing"
            within.pop()
    assert not within
