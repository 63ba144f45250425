"""Where the last signed checkpoint is kept outside the database: which settings each kind of place needs."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.environment import Environment, SettingError


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheckpoint:
    """Either `url` or `file` says it, and the other is empty. Without keys boto3 finds them by itself."""

    file: Path
    url: str
    access_key: str = ""
    secret_key: str = ""


def last_checkpoint(environment: Environment) -> LastCheckpoint:
    """Read LOG_LAST_CHECKPOINT_FILE or LOG_LAST_CHECKPOINT_URL, or raise SettingError."""
    name = "LOG_LAST_CHECKPOINT_URL"
    url = environment.url(
        name,
        "where the last signed checkpoint is kept, file:///path or s3://bucket/key?endpoint=https://host",
        schemes=("file", "s3"),
        default="",
    )
    if not url:
        return LastCheckpoint(
            file=environment.path(
                "LOG_LAST_CHECKPOINT_FILE", "a file outside the database that keeps the last signed checkpoint"
            ),
            url="",
        )
    if environment.variables.get("LOG_LAST_CHECKPOINT_FILE", "").strip():
        raise SettingError(f"Set LOG_LAST_CHECKPOINT_FILE or {name}, not both.")
    parts = urlsplit(url)
    if parts.scheme == "s3" and not (parts.netloc and parts.path.strip("/")):
        raise SettingError(f"Set {name} to a bucket and the key of an object in it: s3://bucket/key.")
    if parts.scheme == "file" and parts.netloc:
        raise SettingError(
            f"Set {name} to a file of this machine, with three slashes: file:///srv/log/last-checkpoint."
        )
    return LastCheckpoint(
        file=Path(),
        url=url,
        access_key=environment.text("LOG_LAST_CHECKPOINT_ACCESS_KEY", "the access key of the bucket", default=""),
        secret_key=environment.text("LOG_LAST_CHECKPOINT_SECRET_KEY", "the secret key of the bucket", default=""),
    )
