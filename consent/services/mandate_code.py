"""A mandate given online: the citizen makes a code and hands it over, and who fills it in may act.

The code is 80 random bits; the database keeps its SHA-256. It is used once, within two weeks. Five wrong codes close
the page to who filled them in for an hour, counted in the log itself.
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from audit.entry import Entry
from audit.models import Record
from audit.services.append import append_entry
from consent import actions
from consent.errors import CodeRefused, InvalidMandate, MandateRequired, TooManyCodes
from consent.models import Citizen, Mandate
from consent.services.citizens import lock_citizen
from consent.services.mandates import faults_of_limits, is_under_guardian, log_mandate

# Without letters and digits that are read for one another.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 16
CODE_GROUP = 4
CODE_LASTS = timedelta(days=14)
MOST_WRONG_CODES = 5
WRONG_CODES_WITHIN = timedelta(hours=1)
MOST_WAITING = 20


@transaction.atomic
def give_mandate(
    *,
    citizen: Citizen,
    purposes: Sequence[str],
    acts: Sequence[str],
    ends_at: datetime,
    mandate_id: UUID | None = None,
) -> tuple[Mandate, str]:
    """Give whoever gets the code the right to do `acts` until `ends_at`, for `purposes` (slugs; none stands for all).

    The code is returned once and stored nowhere. Given twice with one `mandate_id` it is one mandate, whose code is ""
    the second time. Raises InvalidMandate with every fault, or MandateRequired for a citizen under 16.
    """
    lock_citizen(citizen)
    now = timezone.now()
    if is_under_guardian(citizen, now):
        raise MandateRequired(detail=_("You are under 16. Your parent or guardian acts for you."))
    earlier = None if mandate_id is None else Mandate.objects.filter(pk=mandate_id).first()
    if earlier is not None:
        if earlier.citizen_id != citizen.pk:
            raise InvalidMandate(detail=_("Load the page again, and give the mandate there."))
        return earlier, ""
    faults = faults_of_limits(purposes, acts, ends_at, now)
    if faults:
        raise InvalidMandate(errors=faults)
    if Mandate.objects.about(citizen).filter(holder=None, ended_at=None, code_ends_at__gt=now).count() >= MOST_WAITING:
        raise InvalidMandate(detail=_("Many of your codes are not used yet. End those first."))
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    mandate = Mandate(
        pk=mandate_id or uuid7(),
        kind=Mandate.Kind.REPRESENTATIVE,
        citizen=citizen,
        purposes=sorted(set(purposes)),
        acts=sorted(set(acts)),
        verification=Mandate.Verification.GIVEN_ONLINE,
        code_hash=_hash(code),
        code_ends_at=min(now + CODE_LASTS, ends_at),
        starts_at=now,
        ends_at=ends_at,
    )
    mandate.save(force_insert=True)
    log_mandate(actions.MANDATE_GIVEN, mandate, at=now, details={"verification": mandate.verification})
    groups = [code[start : start + CODE_GROUP] for start in range(0, CODE_LENGTH, CODE_GROUP)]
    return mandate, "-".join(groups)


def accept_mandate(*, holder: Citizen, code: str) -> Mandate:
    """Make `holder` who may act under the mandate that `code` opens; the code opens nothing after that.

    Raises CodeRefused for a code that is wrong, used, too old or one's own, all alike, and TooManyCodes after five of
    those in an hour.
    """
    with transaction.atomic():
        # Attempts of one person come one after the other, so that the count of them is right.
        lock_citizen(holder)
        now = timezone.now()
        wrong = Record.objects.about(holder.log_subject).filter(
            action=actions.MANDATE_ACCEPTED.name, outcome="refused", at__gt=now - WRONG_CODES_WITHIN
        )
        if wrong.count() >= MOST_WRONG_CODES:
            raise TooManyCodes
        mandate = _opened_by(code, now)
        if mandate is not None and mandate.citizen_id != holder.pk and not is_under_guardian(holder, now):
            mandate.holder = holder
            mandate.code_hash = ""
            mandate.code_ends_at = None
            mandate.save(update_fields=["holder", "code_hash", "code_ends_at"])
            log_mandate(actions.MANDATE_ACCEPTED, mandate, at=now, details={})
            return mandate
        # Outside the exception, which would take the entry back.
        entry = append_entry(
            Entry(
                action=actions.MANDATE_ACCEPTED.name,
                outcome="refused",
                reason=CodeRefused.code,
                at=now,
                subject=holder.log_subject,
            )
        )
    raise CodeRefused(detail=_("Check the code, or ask for another one."), entry_id=entry.id)


def _opened_by(code: str, now: datetime) -> Mandate | None:
    written = _hash("".join(code.split()).replace("-", "").upper())
    mandate = (
        Mandate.objects.filter(code_hash=written, code_ends_at__gt=now, ended_at=None, ends_at__gt=now, holder=None)
        .select_related("citizen")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if mandate is None or not hmac.compare_digest(mandate.code_hash, written):
        return None
    return mandate


def _hash(code: str) -> str:
    return sha256(code.encode()).hexdigest()
