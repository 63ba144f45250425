"""The key service in a folder: what a file system does to keys."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from consent.errors import DoesNotOpen, KeyDestroyed, KeyServiceUnavailable
from consent.keys.service.file import FileKeyService

KEY, PLACE = bytes(range(32)), b"the place of Anna's key"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.KEY_SERVICE_FOLDER = tmp_path / "keys"
    return tmp_path / "keys"


@pytest.fixture
def service(folder: Path) -> FileKeyService:
    service = FileKeyService()
    service.create("epoch-1")
    return service


def test_it_keeps_keys_to_itself(folder: Path, service: FileKeyService) -> None:
    assert stat.S_IMODE((folder / "epoch-1.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {"epoch-1.key", "deelwijs-keys"}


def test_a_wrap_of_anna_does_not_open_for_bram(service: FileKeyService) -> None:
    wrapped = service.wrap("epoch-1", KEY, PLACE)
    with pytest.raises(DoesNotOpen):
        service.unwrap("epoch-1", wrapped, b"the place of Bram's key")


@pytest.mark.parametrize("content", [b"", b"half", bytes(32), b"k" * 33])
def test_a_file_that_is_no_key_is_a_broken_disk(folder: Path, service: FileKeyService, content: bytes) -> None:
    wrapped = service.wrap("epoch-1", KEY, PLACE)
    (folder / "epoch-1.key").write_bytes(content)
    with pytest.raises(KeyServiceUnavailable):
        service.unwrap("epoch-1", wrapped, PLACE)
    with pytest.raises(KeyServiceUnavailable):
        service.wrap("epoch-1", KEY, PLACE)
    assert (folder / "epoch-1.key").read_bytes() == content


def test_of_many_that_make_a_key_at_once_one_does(folder: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: FileKeyService().create("epoch-1"), range(8)))
        keys = set(threads.map(lambda _: (folder / "epoch-1.key").read_bytes(), range(8)))
    assert len(keys) == 1
    assert {path.name for path in folder.iterdir()} == {"epoch-1.key", "deelwijs-keys"}


def test_a_destroyed_key_is_overwritten_and_leaves_no_file(folder: Path, service: FileKeyService) -> None:
    (folder / "another-link").hardlink_to(folder / "epoch-1.key")
    service.destroy("epoch-1")
    assert (folder / "another-link").read_bytes() == bytes(32)
    assert {path.name for path in folder.iterdir()} == {"another-link", "deelwijs-keys"}


def test_a_destruction_that_was_interrupted_is_finished_by_the_next(folder: Path, service: FileKeyService) -> None:
    wrapped = service.wrap("epoch-1", KEY, PLACE)
    (folder / "epoch-1.key").rename(folder / ".destroyed-epoch-1")
    with pytest.raises(KeyDestroyed):
        service.unwrap("epoch-1", wrapped, PLACE)
    assert service.names() == []
    service.destroy("epoch-1")
    assert {path.name for path in folder.iterdir()} == {"deelwijs-keys"}


def test_a_folder_that_cannot_be_made_is_unavailable(folder: Path) -> None:
    folder.parent.joinpath("keys").write_text("a file where the folder should be")
    with pytest.raises(KeyServiceUnavailable):
        FileKeyService().create("epoch-1")
    assert folder.read_text() == "a file where the folder should be"
