"""Files that are there whole or not at all, and outlive a power cut."""

import os
import tempfile
from pathlib import Path


def write_new(file: Path, text: str, *, mode: int) -> None:
    """Write a file that must not exist, with its final mode from the first byte on, or raise FileExistsError.

    Where the disk is full no file stays, so that the next try finds none.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        _write(descriptor, text)
    except BaseException:
        file.unlink()
        raise
    finally:
        os.close(descriptor)
    _sync_folder(file.parent)


def replace_file(file: Path, text: str) -> None:
    """Write a file in one step: what was there, or what is there now, never half of one.

    Its mode and owner stay: another account may be the one that reads it. A new one is its owner's alone.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.stat() if file.exists() else None
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    unfinished = Path(name)
    try:
        try:
            if before is not None:
                os.fchmod(descriptor, before.st_mode & 0o7777)
            if before is not None and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, before.st_uid, before.st_gid)
            _write(descriptor, text)
        finally:
            os.close(descriptor)
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(file.parent)


def _write(descriptor: int, text: str) -> None:
    left = text.encode()
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
