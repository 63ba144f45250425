"""May this access happen? A pure function of a consent, its purpose and what is asked.

Deny unless every condition holds; each leaves a verdict, so that every decision explains itself.
"""

from dataclasses import dataclass

from consent.ask import Ask
from consent.lifecycle import State
from consent.terms import Terms
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Grant:
    """What a citizen said, as a decision needs it."""

    state: State
    terms: Terms


@dataclass(frozen=True, slots=True)
class PurposeInForce:
    """What the purpose says of a decision: whether it has ended, and the OINs that receive data for it."""

    retired: bool
    recipients: frozenset[str]
    pilot_ended: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome with the verdict of every condition, those that hold and those that do not."""

    allowed: bool
    verdicts: tuple[Verdict, ...]

    @property
    def reason(self) -> str:
        """Return the code of the first condition that refused, empty when allowed."""
        return next((verdict.code for verdict in self.verdicts if not verdict.holds), "")


def decide(grant: Grant | None, purpose: PurposeInForce, ask: Ask) -> Decision:
    """Judge `ask`, without I/O and without a clock: the same values always give the same decision."""
    verdicts = [
        _purpose_in_force(purpose),
        Verdict("purpose-recipient", ask.oin in purpose.recipients, {"oin": ask.oin}),
        Verdict(
            "consent-given",
            grant is not None and grant.state == State.GIVEN,
            {"state": "none" if grant is None else str(grant.state)},
        ),
    ]
    if grant is not None and grant.state != State.REQUESTED:
        verdicts += grant.terms.verdicts(ask)
    return Decision(False not in [verdict.holds for verdict in verdicts], tuple(verdicts))


def _purpose_in_force(purpose: PurposeInForce) -> Verdict:
    if purpose.pilot_ended and not purpose.retired:
        return Verdict("purpose-in-force", False, {"pilotEnded": True})
    return Verdict("purpose-in-force", not purpose.retired)
