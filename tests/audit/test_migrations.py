"""The migrations of the log can be taken back, step by step, and done again."""

import pytest
from django.core.management import call_command
from django.db import connection

from audit.checks.guards import check_guards
from audit.models import LogHead
from deploy.private_services import OWNER
from tests.audit.log import append, signed_in_as


@pytest.mark.usefixtures("either_db")
@pytest.mark.parametrize(
    "back_to",
    # The way back to the first leads through the others.
    [pytest.param("0003", marks=pytest.mark.slow), pytest.param("0002", marks=pytest.mark.slow), "0001"],
)
def test_a_step_back_can_be_taken_and_made_good(back_to: str) -> None:
    with signed_in_as(OWNER):
        call_command("migrate", "audit", back_to, verbosity=0)
        assert not LogHead.objects.exists() if back_to == "0001" else LogHead.objects.exists()
        if connection.vendor == "sqlite" or back_to != "0003":
            assert check_guards(databases=["default"])
        call_command("migrate", "audit", verbosity=0)
        assert check_guards(databases=["default"]) == []
    assert LogHead.objects.get().size == 0
    append()
