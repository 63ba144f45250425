"""A worker that rewraps again and again until its input ends; it tells how many keys a second it did."""

import json
import select
import sys

import django

django.setup()

from tests.bench.rotate.keys import rewrap_all  # noqa: E402 the apps must be loaded


def main() -> None:
    keys, seconds = 0, 0.0
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 0)[0]:
        done, took = rewrap_all()
        keys, seconds = keys + done, seconds + took
    sys.stdout.write(json.dumps({"keys": keys, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
