"""The stand-alone verifier as a file to hand out. It is read and never imported: it shares no code with the service."""

from functools import cache
from pathlib import Path


@cache
def verifier_program() -> bytes:
    return (Path(__file__).parent / "standalone_verifier.py").read_bytes()
