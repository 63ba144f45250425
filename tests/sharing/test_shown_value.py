"""JSON values in words."""

from typing import Any

import pytest

from consent.pages.shown_value import ShownValue, shown_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Dorpsstraat", "Dorpsstraat"),
        (23_450, "23450"),
        (1.5, "1.5"),
        (True, "Ja"),
        (False, "Nee"),
        (None, "leeg"),
        ("1985-03-02", "2 maart 1985"),
        ("1985-13-02", "1985-13-02"),
        ("19850302", "19850302"),
        ("2026-07-04T20:30:00Z", "4 juli 2026 22:30"),
        ("2026-07-04T20:30:00+02:00", "4 juli 2026 20:30"),
        ("2026-07-04T20:30", "4 juli 2026 20:30"),
        ("2026-07-04T25:30:00Z", "2026-07-04T25:30:00Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_single_value_is_a_text(value: Any, text: str) -> None:
    assert shown_value(value) == ShownValue(text)


def test_lists_and_objects_keep_their_parts_and_names() -> None:
    assert shown_value({"street": "Laan", "numbers": [1, 2]}) == ShownValue(
        parts=(
            ("street", ShownValue("Laan")),
            ("numbers", ShownValue(parts=(("", ShownValue("1")), ("", ShownValue("2"))))),
        )
    )
