"""`deploy/test`: set up what the tests need, check the source, and run the tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile

from deploy.launch.installation import BASE, PYTHON, install
from deploy.launch.telling import refuse, step, tell
from deploy.private_services import ServiceMissing, postgres_programs, redis_program

PROGRAMS = PYTHON.parent
CHECKS: dict[str, list[str | Path]] = {
    "ruff check": [PROGRAMS / "ruff", "check"],
    "ruff format": [PROGRAMS / "ruff", "format", "--check"],
    "mypy": [PROGRAMS / "mypy"],
    "import-linter": [PROGRAMS / "lint-imports"],
    "migrations": [PYTHON, "-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--skip-checks"],
}


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["-h"]):
        tell(
            "deploy/test [--all] [arguments of pytest]\n\n"
            "Checks the source and runs the tests; --all adds the slow ones: long fuzzing, faults, big data."
        )
        return
    install_programs(NEEDED)
    install(tests=True)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    if failed := failing_checks(environment):
        refuse(f"Not tested, because this fails: {', '.join(failed)}")
    if "--all" in arguments:
        arguments.remove("--all")
        arguments = ["-m", "", *arguments]
    with step("pytest"):
        pass
    os.chdir(BASE)
    # In the place of this process: a signal reaches pytest, and its closing line is the last one.
    os.execve(PYTHON, [str(PYTHON), "-m", "pytest", "-n", "3", *arguments], environment)


def failing_checks(environment: Mapping[str, str]) -> list[str]:
    """Run all checks side by side; tell what each says, one after the other, and give the names of those that fail."""
    failed = []
    with ExitStack() as stack:
        running = []
        for name, command in CHECKS.items():
            # To a file and not to a pipe: a check whose full pipe nobody empties stands still.
            said = stack.enter_context(TemporaryFile("w+", encoding="utf-8"))
            check = subprocess.Popen(command, cwd=BASE, env=environment, stdout=said, stderr=subprocess.STDOUT)
            running.append((name, stack.enter_context(check), said))
        for name, check, said in running:
            with step(name):
                if check.wait():
                    failed.append(name)
                said.seek(0)
                sys.stdout.write(said.read())
    return failed


def install_programs(needed: Mapping[str, Callable[[], bool]]) -> None:
    """See that Debian packages are there, each by its own test; root installs what is missing, others are told how."""
    missing = [package for package, is_there in needed.items() if not is_there()]
    if not missing:
        return
    install_packages = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if not shutil.which("apt-get"):
        refuse(f"Missing: {', '.join(missing)}. Install them the way this machine does, and run this again.")
    if os.geteuid() != 0:
        refuse(f"Missing: {', '.join(missing)}. Run:\n\n    sudo {' '.join(install_packages)}\n\nand then this again.")
    with step(f"Debian packages {', '.join(missing)}"):
        # Run level 1 keeps the packages from starting servers of their own.
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for command in (["apt-get", "update", "--quiet"], install_packages):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    still = [package for package in missing if not needed[package]()]
    if still:
        refuse(f"These did not install: {', '.join(still)}. Run this to see why:\n\n    {' '.join(install_packages)}")


def _has_postgres() -> bool:
    try:
        postgres_programs()
    except ServiceMissing:
        return False
    return True


def _has_redis() -> bool:
    try:
        redis_program()
    except ServiceMissing:
        return False
    return True


def has_program(name: str) -> Callable[[], bool]:
    """Return a test of whether a program is on the PATH."""
    return lambda: shutil.which(name) is not None


NEEDED = {
    "postgresql": _has_postgres,
    "redis-server": _has_redis,
    "chromium": has_program("chromium"),
    "softhsm2": has_program("softhsm2-util"),
}


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
