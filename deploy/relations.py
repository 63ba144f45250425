"""Which employees are near to which citizens, as far as the service knows it: by accounts and by mandates.

It knows no addresses and no families. An employee who is a citizen here too is known as one person only where both
sign in with the same account.
"""

from collections.abc import Collection, Mapping

from django.db.models import Q

from audit.people import Pair, Relation
from consent.models import Citizen, Mandate, Member


def relations(pairs: Collection[Pair], organisation: str) -> Mapping[Pair, Relation]:
    """Answer `audit.people.People.relations`, in four queries whatever the number of pairs."""
    employees = {bytes(sealed) for sealed, _subject in pairs}
    named = Member.objects.filter(organisation__oin=organisation, sealed_name__in=employees)
    account_of = {bytes(sealed): account for sealed, account in named.values_list("sealed_name", "account")}
    known = Citizen.objects.filter(
        Q(log_subject__in={subject for _sealed, subject in pairs}) | Q(account__in=set(account_of.values()))
    )
    citizens = {citizen.log_subject: citizen for citizen in known.only("pk", "log_subject", "account_id")}
    citizen_of = {citizen.account_id: citizen.pk for citizen in citizens.values()}
    colleagues = set(
        Member.objects.filter(
            organisation__oin=organisation, account__in={citizen.account_id for citizen in citizens.values()}
        ).values_list("account", flat=True)
    )
    people = set(citizen_of.values())
    mandates = Mandate.objects.filter(holder__in=people, citizen__in=people, ended_at__isnull=True)
    acts_for = set(mandates.values_list("holder", "citizen"))
    found: dict[Pair, Relation] = {}
    for sealed, subject in pairs:
        account, citizen = account_of.get(bytes(sealed)), citizens.get(subject)
        if account is None or citizen is None:
            continue
        own = citizen_of.get(account)
        relation: Relation | None = None
        if account == citizen.account_id:
            relation = "self"
        elif (own, citizen.pk) in acts_for:
            relation = "acts-for"
        elif (citizen.pk, own) in acts_for:
            relation = "acted-for-by"
        elif citizen.account_id in colleagues:
            relation = "colleague"
        if relation:
            found[bytes(sealed), subject] = relation
    return found
