"""The steps about witnesses hold on a log as it is, and fail where a witness or the verifier lies."""

from pathlib import Path

import pytest

from deploy.demonstration import small_witness
from deploy.demonstration.small_witness import NeighbouringWitness
from deploy.demonstration.tour import witnessing
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.step import StepFailed
from tests.audit.log import grow

NOBODY: Journey = None  # type: ignore[assignment]  # these steps have no use for one


@pytest.fixture(autouse=True)
def _log(sqlite_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the steps start runs with the settings of the service, on a copy of this log.
    environment = {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "DEMONSTRATION": "true",
        "ALLOWED_HOSTS": "127.0.0.1",
        "OIDC_CITIZENS_ISSUER": "",
        "OIDC_STAFF_ISSUER": "",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    grow(3)
    grow(4)


@pytest.mark.slow
def test_they_hold() -> None:
    assert "7 leaves" in witnessing.let_two_sign(NOBODY)
    assert "saw 7 leaves and signs no tree of 3" in witnessing.refuse_what_was_set_back(NOBODY)


@pytest.mark.slow
def test_a_witness_that_forgets_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    remembers = NeighbouringWitness.answer

    def forgets(witness: NeighbouringWitness, body: bytes) -> tuple[int, str, str]:
        answer = remembers(witness, body)
        witness.size, witness.root = 0, small_witness.EMPTY_ROOT
        return answer

    monkeypatch.setattr(NeighbouringWitness, "answer", forgets)
    with pytest.raises(StepFailed) as failed:
        witnessing.refuse_what_was_set_back(NOBODY)
    assert "409" in failed.value.expected


def test_a_verifier_that_believes_everything_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "_verify_elsewhere", lambda *_given: (0, "HOLDS"))
    with pytest.raises(StepFailed) as failed:
        witnessing.let_two_sign(NOBODY)
    assert "misses the second" in failed.value.expected
