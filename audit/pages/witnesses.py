"""`/oversight/witnesses/`: who saw our log, how far and when, and which logs of others we saw."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.models import Alarm, Checkpoint, Cosignature, ShownFork, WatchedLog
from audit.pages.access import auditor_page
from audit.people import Viewer
from audit.services.witness import FORKED, UNPROVEN
from audit.witness.configured import configured_policy
from audit.witness.own_key import is_witness
from audit.witness.policy import Policy, Witness
from audit.witness.publisher import KINDS, UNPUBLISHED

LATEST_FORKS = 20


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """A witness of the policy, what it saw of us last, and what is wrong with it at the moment."""

    witness: Witness
    last: Cosignature | None
    alarm: Alarm | None


@dataclass(frozen=True, slots=True)
class WatchedRow:
    log: WatchedLog
    alarm: Alarm | None


@require_safe
@auditor_page
def witnesses(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show both sides: those who watch us, and those whom we watch."""
    policy = configured_policy()
    going = {(one.kind, one.where): one for one in Alarm.objects.going().filter(kind__in=(*KINDS, FORKED, UNPROVEN))}
    signed = Checkpoint.objects.newest_first().first()
    context = {
        "policy": policy,
        "rows": _witness_rows(policy, going) if policy else [],
        "published": Checkpoint.objects.newest_published(),
        "signed": signed,
        "unpublished": going.get((UNPUBLISHED, settings.LOG_ORIGIN)),
        "is_witness": is_witness(),
        "watched": [
            WatchedRow(log, going.get((FORKED, log.origin)) or going.get((UNPROVEN, log.origin)))
            for log in WatchedLog.objects.order_by("origin")
        ],
        "forks": ShownFork.objects.order_by("-found_at")[:LATEST_FORKS],
    }
    return render(request, "audit/witnesses.html", context)


def _witness_rows(policy: Policy, going: dict[tuple[str, str], Alarm]) -> list[WitnessRow]:
    latest = _latest_of_each_key(policy)
    return [
        WitnessRow(
            witness,
            latest.get((witness.cosigner.name, witness.cosigner.key_id.hex())),
            next((alarm for (_kind, where), alarm in going.items() if where == witness.name), None),
        )
        for witness in policy.witnesses
    ]


def _latest_of_each_key(policy: Policy) -> dict[tuple[str, str], Cosignature]:
    """Return the cosignature over the largest tree by key: one query, which looks up each witness by an index."""
    latest = Q(pk=None)
    for witness in policy.witnesses:
        of_key = Cosignature.objects.of_key(witness.cosigner.name, witness.cosigner.key_id.hex())
        latest |= Q(pk=Subquery(of_key.values("pk")[:1]))
    return {(one.key_name, one.key_id): one for one in Cosignature.objects.filter(latest)}
