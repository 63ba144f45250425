"""Whether who began something may still act: an answer that lasts for an hour outlives a membership."""

from consent.actor import Actor
from consent.models import Client, Member


def still_acts(actor: Actor) -> bool:
    """Tell whether the membership, or the system, that `actor` was made of is what it was, and in use."""
    place = {"organisation": actor.organisation_id, "role": actor.role, "department": actor.department}
    if actor.client_id is not None:
        return Client.objects.filter(pk=actor.client_id, is_active=True, **place).exists()
    in_force = Member.objects.filter(account=actor.account_id, account__is_active=True, ended_at__isnull=True)
    return in_force.filter(**place).exists()
