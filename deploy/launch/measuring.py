"""`deploy/bench <name>`: run a benchmark of tests/bench/ against a private Redis and a durable PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.launch.installation import BASE, PYTHON, install
from deploy.launch.telling import refuse
from deploy.launch.testing import NEEDED, has_program, install_programs
from deploy.private_services import ServiceMissing, end_services, keep_services, temporary_folder


def main() -> None:
    names = sorted(file.parent.name for file in (BASE / "tests" / "bench").glob("*/__main__.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        refuse(f"Say what to measure: deploy/bench <name>. There is: {', '.join(names) or 'nothing yet'}")
    install_programs({**NEEDED, "wrk": has_program("wrk")})
    install(tests=True)
    folder = temporary_folder()
    try:
        services = keep_services(folder, watched=os.getpid(), durable=True)
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "BENCH_POSTGRES_URL": services.postgres.url(),
            "BENCH_REDIS_URL": services.redis.url(),
        }
        command: list[str | Path] = [PYTHON, "-m", f"tests.bench.{sys.argv[1]}", *sys.argv[2:]]
        status = subprocess.run(command, cwd=BASE, env=environment, check=False).returncode
    except ServiceMissing as missing:
        refuse(str(missing))
    finally:
        end_services(folder)
    sys.exit(status)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
