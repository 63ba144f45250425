"""The moment in which someone is signed in."""

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest

from audit.entry import Entry
from audit.people import people
from audit.services.append import append_entry
from consent.actions import SIGNED_IN
from consent.models import Account


@transaction.atomic
def start_session(request: HttpRequest, account: Account, *, by: str) -> None:
    """Sign `account` in under a new session, and log it; `by` names the way. No entry, no session.

    Raise LogNotWritable as `append_entry` does.
    """
    login(request, account)
    viewer = people().viewer(request)
    append_entry(
        Entry(
            action=SIGNED_IN.name,
            outcome="allowed",
            subject=viewer.subject,
            organisation=viewer.organisation,
            role=viewer.role,
            department=viewer.department,
            user_sealed=viewer.user_sealed,
            details={"by": by},
        )
    )
