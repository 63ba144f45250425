"""A file is there whole or not at all."""

import os
from pathlib import Path

import pytest

from audit.durable_file import replace_file, write_new


def full(descriptor: int, data: bytes) -> int:
    """Take one byte, and be full at the next."""
    if len(data) < len("a key\n"):
        raise OSError(28, "No space left on device")
    return os.pwrite(descriptor, data[:1], 0)


def test_a_new_file_has_its_mode_and_overwrites_nothing(tmp_path: Path) -> None:
    write_new(tmp_path / "folder" / "key", "a key\n", mode=0o600)
    assert (tmp_path / "folder" / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "folder" / "key", "another\n", mode=0o600)
    assert (tmp_path / "folder" / "key").read_text(encoding="utf-8") == "a key\n"


def test_on_a_full_disk_no_half_of_a_new_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            write_new(tmp_path / "key", "a key\n", mode=0o600)
    assert list(tmp_path.iterdir()) == []
    write_new(tmp_path / "key", "a key\n", mode=0o600)


def test_on_a_full_disk_what_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_new(tmp_path / "key", "older\n", mode=0o640)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            replace_file(tmp_path / "key", "a key\n")
    assert [file.name for file in tmp_path.iterdir()] == ["key"]
    assert (tmp_path / "key").read_text(encoding="utf-8") == "older\n"
    replace_file(tmp_path / "key", "newer\n")
    assert ((tmp_path / "key").read_text(encoding="utf-8"), (tmp_path / "key").stat().st_mode & 0o777) == (
        "newer\n",
        0o640,
    )
