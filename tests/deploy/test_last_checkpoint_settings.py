"""Where the last checkpoint is kept: in a file or in a bucket, and a wrong place stops the start in a sentence."""

from pathlib import Path

import pytest

from deploy.environment import Environment, SettingError
from deploy.last_checkpoint import last_checkpoint

FILE = {"LOG_LAST_CHECKPOINT_FILE": "/srv/log/last"}
BUCKET = {"LOG_LAST_CHECKPOINT_URL": "s3://bucket/log/last?endpoint=https://s3.internal"}


def test_a_file() -> None:
    settings = last_checkpoint(Environment(FILE))
    assert (settings.file, settings.url) == (Path("/srv/log/last"), "")


def test_a_bucket(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret\n")
    keys = {"LOG_LAST_CHECKPOINT_ACCESS_KEY": "key", "LOG_LAST_CHECKPOINT_SECRET_KEY_FILE": str(tmp_path / "secret")}
    settings = last_checkpoint(Environment({**BUCKET, **keys}))
    assert (settings.file, settings.url) == (Path(), BUCKET["LOG_LAST_CHECKPOINT_URL"])
    assert (settings.access_key, settings.secret_key) == ("key", "the secret")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "Set LOG_LAST_CHECKPOINT_FILE to a file outside the database"),
        ({**FILE, **BUCKET}, "not both"),
        ({"LOG_LAST_CHECKPOINT_URL": "s3://bucket"}, "s3://bucket/key"),
        ({"LOG_LAST_CHECKPOINT_URL": "s3://bucket/?endpoint=https://s3.internal"}, "s3://bucket/key"),
        ({"LOG_LAST_CHECKPOINT_URL": "file://srv/last"}, "three slashes"),
        ({"LOG_LAST_CHECKPOINT_URL": "https://example.nl/last"}, "s3://"),
    ],
)
def test_a_wrong_place_stops_the_start(variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        last_checkpoint(Environment(variables))
