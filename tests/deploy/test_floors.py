"""What import-linter cannot say: pure modules do not touch Django's database, not even by its own package."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
IMPURE = ("django.db", "django.http", "django.conf", "django.core.cache")


def contracts() -> list[dict[str, object]]:
    configuration = tomllib.loads((BASE / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = configuration["tool"]["importlinter"]["contracts"]
    return found


def pure_files() -> list[Path]:
    """Give the files of the modules that the contract calls pure; it sees packages of others only as a whole."""
    (contract,) = [contract for contract in contracts() if str(contract["name"]).startswith("Pure modules")]
    modules = contract["source_modules"]
    assert isinstance(modules, list)
    paths = [BASE / module.replace(".", "/") for module in modules]
    return [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")])]


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("file", pure_files(), ids=lambda file: str(file.relative_to(BASE)))
def test_a_pure_module_stays_pure(file: Path) -> None:
    assert not [name for name in imported(file) if f"{name}.".startswith(tuple(f"{impure}." for impure in IMPURE))]
