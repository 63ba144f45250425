"""`deploy/bench files`: sealing and opening a file of 1 GiB, against `cp` of the same file, in turns on one disk.

Sealing writes through the disk storage of the service, up to its `fsync`; opening writes the plain file, with one; and
`cp` is followed by one too. Memory is the most that a process of its own ever held. A range is 64 KiB in the middle,
from opening the blob to the plain bytes, of a large and of a small file.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from deploy.launch.installation import VAR
from sharing.files.chunked import SealedReader, SealedWriter
from sharing.files.storage.disk import DiskStorage

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
MEBIBYTE = 1024 * 1024
LARGE = int(os.environ.get("BENCH_MEBIBYTES", "1024")) * MEBIBYTE
SMALL = 16 * MEBIBYTE
RANGE = 64 * 1024
RANGES = 200
KEY, CONTEXT = bytes(range(32)), b"bench"


@dataclass(frozen=True, slots=True)
class Case:
    """Seconds of ours and of the floor, by round."""

    name: str
    ours: list[float]
    floor: list[float]

    @property
    def ratio(self) -> float:
        """Our speed to the floor's, the median of the pairs."""
        return median(floor / ours for ours, floor in zip(self.ours, self.floor, strict=True))


def main() -> None:
    # Not in the temporary folder, which many machines keep in memory.
    VAR.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-files-", dir=VAR) as folder:
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    storage = DiskStorage(folder / "sealed")
    _make(folder / "large", LARGE)
    _make(folder / "small", SMALL)
    _seal(storage, folder / "small", "small")
    seal = Case("seal 1 GiB", [], [])
    opening = Case("open 1 GiB", [], [])
    for number in range(ROUNDS):
        # Each is first as often, because the machine's speed drifts.
        for ours in (True, False) if number % 2 else (False, True):
            if ours:
                seal.ours.append(_timed(lambda: _seal(storage, folder / "large", "large")))
                opening.ours.append(_timed(lambda: _open(storage, "large", folder / "opened")))
            else:
                for case in (seal, opening):
                    case.floor.append(_timed(lambda: _copy(folder / "large", folder / "copy")))
    ranges = {name: _range_milliseconds(storage, name) for name in ("large", "small")}
    _report([seal, opening], ranges, _memory_growth(folder))


def _report(cases: list[Case], ranges: dict[str, list[float]], growth: dict[str, float]) -> None:
    out = sys.stdout
    out.write(f"\n{'':<16}{'ours s':>8}{'floor s':>9}{'ratio':>8}{'ours MiB/s':>12}\n")
    for case in cases:
        speed = LARGE / MEBIBYTE / median(case.ours)
        out.write(
            f"{case.name:<16}{median(case.ours):>8.2f}{median(case.floor):>9.2f}{case.ratio:>8.2f}{speed:>12.0f}\n"
        )
    for name, milliseconds in ranges.items():
        out.write(f"64 KiB of the {name} file: median {median(milliseconds):.2f} ms, p99 {_p99(milliseconds):.2f} ms\n")
    for task, grown in growth.items():
        out.write(f"{task}: the large file takes {grown:.1f} MiB more memory than the small one\n")
    results = [
        *({"case": case.name, "ratio": round(case.ratio, 3)} for case in cases),
        *(
            {"case": f"range of the {name} file", "p50_ms": round(median(one), 3), "p99_ms": round(_p99(one), 3)}
            for name, one in ranges.items()
        ),
        *({"case": f"memory to {task}", "grows_mib": round(grown, 1)} for task, grown in growth.items()),
    ]
    out.write(json.dumps({"bench": "files", "results": results}) + "\n")


def _make(file: Path, size: int) -> None:
    piece = os.urandom(MEBIBYTE)
    with file.open("wb") as written:
        for _number in range(size // MEBIBYTE):
            written.write(piece)
        os.fsync(written.fileno())


def _seal(storage: DiskStorage, plain: Path, name: str) -> None:
    sink = storage.create(name)
    with plain.open("rb", buffering=0) as source, SealedWriter(sink, key=KEY, context=CONTEXT) as writer:
        while piece := source.read(MEBIBYTE):
            writer.write(piece)
    sink.finish()


def _open(storage: DiskStorage, name: str, plain: Path) -> None:
    with SealedReader(storage.open(name), key=KEY, context=CONTEXT) as reader, plain.open("wb", buffering=0) as target:
        while piece := reader.read(MEBIBYTE):
            target.write(piece)
        os.fsync(target.fileno())
        if target.tell() != reader.size:
            raise SystemExit("What was opened is not what was sealed.")


def _copy(plain: Path, copy: Path) -> None:
    subprocess.run(["cp", str(plain), str(copy)], check=True)
    descriptor = os.open(copy, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _range_milliseconds(storage: DiskStorage, name: str) -> list[float]:
    """Time ranges at places around the middle, each from a freshly opened blob."""
    taken = []
    for number in range(RANGES):
        started = time.perf_counter()
        with SealedReader(storage.open(name), key=KEY, context=CONTEXT) as reader:
            start = reader.size // 2 + number * 4321
            if len(reader.read_range(start, start + RANGE)) != RANGE:
                raise SystemExit("A range is not whole.")
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def _memory_growth(folder: Path) -> dict[str, float]:
    """Return by how many MiB the large file takes more memory than the small one, in processes of their own."""
    return {task: _memory(folder, task, "large") - _memory(folder, task, "small") for task in ("seal", "open")}


def _memory(folder: Path, task: str, name: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.files", str(folder), task, name], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def _alone(folder: Path, task: str, name: str) -> None:
    storage = DiskStorage(folder / "sealed")
    if task == "seal":
        _seal(storage, folder / name, f"{name}-again")
    else:
        _open(storage, name, folder / "opened")
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _p99(milliseconds: list[float]) -> float:
    return sorted(milliseconds)[int(len(milliseconds) * 0.99)]


if __name__ == "__main__":
    if sys.argv[1:]:
        _alone(Path(sys.argv[1]), *sys.argv[2:4])
    else:
        main()
