"""Patterns are found where the service is tried out, too."""

from datetime import timedelta

from django.utils import timezone

from audit.models import Finding
from audit.patterns.states import State
from audit.services.find_patterns import find_patterns
from audit.services.findings import move_finding
from audit.services.pattern_rules import change_rule
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, MUNICIPALITY, grow
from tests.audit.people import AS_HANNA, PeopleOfTests

DAAN = b"the sealed name of Daan"


def test_a_pattern_is_found_explained_and_not_raised_again(sqlite_db: object, look_as: LookAs) -> None:
    look_as(AS_HANNA)
    PeopleOfTests.related = {(DAAN, ANNA): "self"}
    change_rule(
        viewer=AS_HANNA,
        organisation=MUNICIPALITY,
        kind="bulk-reading",
        on=True,
        values={"least": 3, "minutes": 10, "quietDays": 30},
    )
    grow(3, action="sharing.released")
    find_patterns(at_most=timedelta(minutes=1))
    found = {one.kind: one for one in Finding.objects.all()}
    assert set(found) == {"bulk-reading", "near-to-employee"}
    assert bytes(found["near-to-employee"].user_sealed) == DAAN
    for finding in found.values():
        move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=State.LOOKED_INTO)
        move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=State.EXPLAINED, note="Seen.")
    grow(3, action="sharing.released", at=timezone.now())
    find_patterns(at_most=timedelta(minutes=1))
    assert Finding.objects.count() == 2
