"""`deploy/bench consent`: how fast a decision is, and what a page costs when a million consents stand."""

import json
import sys

from tests.bench.consent import decide, pages

PARTS = (decide, pages)


def main() -> None:
    results = [result for part in PARTS for result in part.measure()]
    sys.stdout.write(json.dumps({"bench": "consent", "results": results}) + "\n")


if __name__ == "__main__":
    main()
