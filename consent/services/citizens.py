"""Citizens: known by their BSN, which is kept sealed and found by a keyed hash."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.entry import Entry
from audit.services.append import append_entry
from consent import actions
from consent.bsn import check_bsn
from consent.errors import CitizenErased
from consent.keys.binding import binding
from consent.keys.envelope import seal
from consent.keys.pseudonym import bsn_hmac, log_subject
from consent.keys.vault_key import make_vault_key
from consent.models import Account, Citizen


def find_citizen(*, bsn: str) -> Citizen | None:
    """Return the citizen with this BSN, if that person ever signed in; raise ValueError for what is no BSN."""
    digest, generation = bsn_hmac(check_bsn(bsn))
    return Citizen.objects.filter(bsn_hmac_generation=generation, bsn_hmac=digest).select_related("account").first()


def lock_citizen(citizen: Citizen) -> None:
    """Wait for other changes to what this citizen was asked and said; they come one after the other.

    Raises CitizenErased for somebody who was erased: nothing is asked of that person or said by that person any more.
    """
    locked = Citizen.objects.select_for_update(no_key=True).only("pk", "erased_at").get(pk=citizen.pk)
    if locked.erased_at is not None:
        raise CitizenErased


def find_or_register_citizen(*, bsn: str, display_name: str) -> Citizen:
    """Return the citizen with this BSN, registered with an account and a vault key at the first sign-in.

    Two sign-ins at once give one citizen. Raises ValueError for what is no BSN.
    """
    found = find_citizen(bsn=bsn)
    if found is not None:
        return found
    try:
        return _register(bsn=bsn, display_name=display_name)
    except IntegrityError:
        found = find_citizen(bsn=bsn)
        if found is None:
            raise
        return found


@transaction.atomic
def _register(*, bsn: str, display_name: str) -> Citizen:
    digest, generation = bsn_hmac(bsn)
    citizen = Citizen(bsn_hmac=digest, bsn_hmac_generation=generation)
    citizen.log_subject = log_subject(citizen.pk)
    key = make_vault_key(citizen)
    citizen.bsn_sealed = seal(key, bsn.encode(), binding("bsn", citizen.pk))
    citizen.account = Account.objects.create(subject=f"citizen:{citizen.pk}", display_name=display_name)
    citizen.save(force_insert=True)
    append_entry(
        Entry(
            action=actions.CITIZEN_REGISTERED.name,
            outcome="allowed",
            at=timezone.now(),
            subject=citizen.log_subject,
        )
    )
    return citizen
