"""Asking for the data of one citizen, for a purpose and a case."""

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.entry import Entry
from audit.errors import FieldError
from audit.services.append import append_entry
from audit.services.deferral import deferral_in_force
from consent.actor import Actor
from consent.area import is_cell
from consent.bsn import is_bsn
from consent.models import Citizen, Consent, Purpose, PurposeVersion, Role
from consent.services.ask import ask_for_consent
from consent.services.citizens import find_citizen
from sharing import actions
from sharing.errors import InvalidRequest, RequestRefused
from sharing.models import Request


def create_request(
    *,
    actor: Actor,
    purpose: str,
    fields: Sequence[str],
    case: str,
    bsn: str = "",
    pseudonym: str = "",
    place: str = "",
) -> Request:
    """Store a request about the citizen with `bsn`, or with the purpose's `pseudonym`; exactly one is given.

    `place` is the H3 cell that it is about, for consents that hold in an area only. A citizen who has not answered for
    this purpose is asked, but not while the case is deferred: the question would tell of it. Whether anybody has that
    BSN does not show. Raises InvalidRequest with every fault at once, and RequestRefused, after its entry was stored,
    when the actor's organisation or role may not ask for this purpose.
    """
    version = _version_in_force(purpose)
    faults = _faults(version, fields=fields, case=case, bsn=bsn, pseudonym=pseudonym, place=place)
    if version is None or faults:
        raise InvalidRequest(errors=faults)
    refusal = _refusal(actor, version)
    with transaction.atomic():
        now = timezone.now()
        citizen = None if refusal else _find(version, bsn=bsn, pseudonym=pseudonym)
        deferral = deferral_in_force(organisation=actor.oin, case=case, now=now)
        request = Request(
            organisation_id=actor.organisation_id,
            purpose_version=version,
            citizen=citizen,
            fields=list(fields),
            case=case,
            place=place,
            account_id=actor.account_id,
            client_id=actor.client_id,
            role=actor.role,
            department=actor.department,
            requested_at=now,
        )
        entry = append_entry(
            Entry(
                action=actions.REQUESTED.name,
                outcome="refused" if refusal else "allowed",
                reason=refusal,
                at=now,
                subject=citizen.log_subject if citizen else "",
                organisation=actor.oin,
                role=actor.role,
                department=actor.department,
                user_sealed=actor.sealed_name,
                purpose=purpose,
                purpose_version=version.pk,
                legal_basis=version.legal_basis,
                processing_activity=version.processing_activity,
                request=None if refusal else request.pk,
                case=case,
                fields=tuple(fields),
                details={**({"place": place} if place else {}), **(deferral.details if deferral else {})},
            )
        )
        if not refusal:
            request.save(force_insert=True)
            if citizen is not None and deferral is None:
                ask_for_consent(citizen=citizen, purpose_version=version, actor=actor, at=now)
    if refusal:
        raise RequestRefused(
            detail=_REFUSALS[refusal](), params={"reason": refusal}, entry_id=entry.id, promise=entry.promise()
        )
    return request


_REFUSALS = {
    "purpose-recipient": lambda: _("Your organisation does not receive data for this purpose."),
    "role-required": lambda: _("Only requesters may ask for data."),
}


def _refusal(actor: Actor, version: PurposeVersion) -> str:
    if actor.role != Role.REQUESTER:
        return "role-required"
    if actor.oin not in version.recipients:
        return "purpose-recipient"
    return ""


def _version_in_force(slug: str) -> PurposeVersion | None:
    purpose = (
        Purpose.objects.in_force()
        .filter(slug=slug)
        .select_related("current_version")
        .prefetch_related("current_version__fields")
        .first()
    )
    if purpose is None or purpose.current_version is None:
        return None
    purpose.current_version.purpose = purpose
    return purpose.current_version


def _find(version: PurposeVersion, *, bsn: str, pseudonym: str) -> Citizen | None:
    if bsn:
        return find_citizen(bsn=bsn)
    consent = (
        # Whom the number no longer leads to is not found by a pseudonym of before either.
        Consent.objects.filter(purpose_id=version.purpose_id, pseudonym=pseudonym, citizen__erased_at__isnull=True)
        .select_related("citizen")
        .order_by("-id")
        .first()
    )
    return None if consent is None else consent.citizen


def _faults(
    version: PurposeVersion | None, *, fields: Sequence[str], case: str, bsn: str, pseudonym: str, place: str
) -> list[FieldError]:
    faults = []
    if version is None:
        detail = _("No purpose in use has this name. The register lists them.")
        faults.append(FieldError("/purpose", "unknown-purpose", detail))
    if not fields:
        faults.append(FieldError("/fields", "field-missing", _("Name at least one field.")))
    known = set() if version is None else {field.name for field in version.fields.all()}
    for index, name in enumerate(fields):
        if name in fields[:index]:
            faults.append(FieldError(f"/fields/{index}", "field-twice", _("This field is named twice.")))
        elif version is not None and name not in known:
            detail = _("This field does not belong to the purpose.")
            faults.append(FieldError(f"/fields/{index}", "field-outside-purpose", detail))
    if not case.strip():
        faults.append(FieldError("/case", "case-missing", _("Name the case that you need the data for.")))
    if len(case) > 100 or not case.isprintable():
        detail = _("A case has at most 100 characters, all of them visible.")
        faults.append(FieldError("/case", "case-unreadable", detail))
    if any(is_bsn(number) for number in re.findall(r"[0-9]{9,}", case)):
        detail = _("Do not put a citizen service number in the name of a case.")
        faults.append(FieldError("/case", "case-names-a-person", detail))
    if bool(bsn) == bool(pseudonym):
        detail = _("Name the citizen by a citizen service number or by a pseudonym, one of the two.")
        faults.append(FieldError("/subject", "subject-missing", detail))
    elif bsn and not is_bsn(bsn):
        detail = _("This is not a citizen service number: it has nine digits and a check digit.")
        faults.append(FieldError("/subject/bsn", "invalid-bsn", detail))
    if place and not is_cell(place):
        detail = _("A place is a cell of H3, such as 89196953583ffff.")
        faults.append(FieldError("/place", "invalid-place", detail))
    return faults
