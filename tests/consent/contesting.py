"""Contesting lines, as the people of the cast."""

from uuid import UUID

from audit.models import Contest, Record
from audit.people import Viewer
from consent.models import Member
from consent.services.contest import raise_contest
from sharing.services.release import release
from tests.cast import Cast

CLAIM = "Ik heb nooit met deze afdeling gesproken."
ANSWER = "U had gelijk. Wij hebben de zaak gesloten."


def looked_at(cast: Cast, times: int = 1) -> Record:
    """Let Daan read what Anna grants; return the newest line of it."""
    cast.grant()
    return read_more(cast, times)


def read_more(cast: Cast, times: int = 1) -> Record:
    """Let Daan read what Anna granted, under a request of its own; return the newest line of it."""
    asked = cast.ask()
    for number in range(times):
        release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=f"{asked.pk}-{number}")
    return Record.objects.filter(action="sharing.released", outcome="allowed").latest("at")


def contested(cast: Cast, entry_id: UUID | None = None) -> Contest:
    return raise_contest(citizen=cast.anna, entry_id=entry_id or looked_at(cast).pk, words=CLAIM)


def as_officer(member: Member, *, answers: bool = True) -> Viewer:
    """Look as a privacy officer, or with `answers` false as an auditor, of the member's organisation."""
    return Viewer(
        kind="auditor",
        organisations=frozenset({member.organisation.oin}),
        privacy_officer_of=frozenset({member.organisation.oin}) if answers else frozenset(),
        organisation=member.organisation.oin,
        role=member.role,
        department=member.department,
        user_sealed=bytes(member.sealed_name),
    )
