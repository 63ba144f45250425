"""Settings from the environment: each reader takes what it should, and refuses the rest in one sentence."""

from datetime import timedelta
from pathlib import Path

import pytest

from deploy.environment import Environment, SettingError

SECRET = "hunter2"


def given(value: str) -> Environment:
    return Environment({"NAME": value})


def test_text_is_stripped_and_an_empty_one_counts_as_missing() -> None:
    assert given("  hello \n").text("NAME", "a text") == "hello"
    assert given("  ").text("NAME", "a text", default="other") == "other"


def test_a_missing_text_says_what_to_set() -> None:
    with pytest.raises(SettingError, match=r"^Set NAME \(or NAME_FILE\) to a secret\.$"):
        Environment({}).text("NAME", "a secret")


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert Environment({"NAME_FILE": str(file)}).text("NAME", "a secret") == SECRET


@pytest.mark.parametrize("content", [None, "", b"\xff\xfe"])
def test_a_secret_file_that_says_nothing_is_refused(tmp_path: Path, content: str | bytes | None) -> None:
    file = tmp_path / "secret"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        file.write_text(content)
    with pytest.raises(SettingError, match=r"^Set NAME_FILE to .+\.$"):
        Environment({"NAME_FILE": str(file)}).text("NAME", "a secret")


def test_a_value_and_a_file_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="not both"):
        Environment({"NAME": SECRET, "NAME_FILE": str(tmp_path)}).text("NAME", "a secret")


def test_texts_are_split_at_commas() -> None:
    assert given("a.example, b.example,").texts("NAME", "hosts") == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ("ON", True), ("1", True), ("no", False), ("0", False)]
)
def test_switch(value: str, expected: bool) -> None:
    assert given(value).switch("NAME", "whether", default=not expected) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("90s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
    ],
)
def test_duration(value: str, expected: timedelta) -> None:
    assert given(value).duration("NAME", "how long") == expected


@pytest.mark.parametrize("value", ["postgres://user@host:1/name", "postgres:///name?host=/run/postgresql"])
def test_url(value: str) -> None:
    assert given(value).url("NAME", "an address", schemes=("postgres",)) == value


@pytest.mark.parametrize("value", ["maybe", "2", SECRET])
def test_a_switch_that_is_neither_is_refused(value: str) -> None:
    _refused_without_the_value(value, lambda environment: environment.switch("NAME", "whether"))


@pytest.mark.parametrize("value", ["10", SECRET, "ten seconds", "0s", "-5s", "400d", "9" * 40 + "d"])
def test_a_duration_that_is_none_is_refused(value: str) -> None:
    _refused_without_the_value(
        value, lambda environment: environment.duration("NAME", "how long", most=timedelta(days=365))
    )


@pytest.mark.parametrize(
    "value", ["host/path", "http://plain.example", "https://", "https://host:port/", "https://[broken", SECRET]
)
def test_a_url_that_is_none_is_refused(value: str) -> None:
    _refused_without_the_value(value, lambda environment: environment.url("NAME", "an address"))


@pytest.mark.parametrize("value", ["relative/path", "~", "."])
def test_a_relative_path_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="absolute path"):
        given(value).path("NAME", "a folder")


def _refused_without_the_value(value: str, read: object) -> None:
    assert callable(read)
    with pytest.raises(SettingError) as refusal:
        read(given(value))
    said = str(refusal.value)
    assert said.startswith("Set NAME ")
    assert said.endswith(".")
    # The value may be a secret that was put under the wrong name.
    assert SECRET not in said


@pytest.mark.parametrize(("value", "expected"), [("1kB", 1000), ("10GB", 10 * 1000**3), ("64GiB", 64 * 1024**3)])
def test_size(value: str, expected: int) -> None:
    assert given(value).size("NAME", "how much", default=1, most=64 * 1024**3) == expected


@pytest.mark.parametrize("value", ["10", "0GB", "-1GB", "1.5GB", "65GiB", "10 GB", "GB"])
def test_a_size_that_is_none_or_too_large_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match=r"^Set NAME to how much, as a size of at most 64GiB") as caught:
        given(value).size("NAME", "how much", default=1, most=64 * 1024**3)
    assert f"{value}," not in str(caught.value)
