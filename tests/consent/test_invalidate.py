"""Who gave it had no right to: the consent never should have counted."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Record
from consent.errors import KeyDestroyed, MandateRefused, MandateRequired, TransitionRefused
from consent.keys.consent_key import find_consent_key
from consent.lifecycle import State
from consent.models import Act, Citizen, Consent, Mail, Mandate, Member, Role
from consent.services.answer import grant_consent, refuse_consent
from consent.services.change import narrow_consent, pause_consent, resume_consent, withdraw_consent
from consent.services.end_mandate import end_mandate
from consent.services.members import add_member
from consent.services.offer import accept_offer, make_offer
from tests.cast import Cast


@pytest.fixture
def guardian(cast: Cast) -> Mandate:
    """Bram, the guardian of Anna for three more days."""
    return mandate_of(cast, Mandate.Kind.GUARDIAN)


def mandate_of(cast: Cast, kind: Mandate.Kind, **other: object) -> Mandate:
    recorder = add_member(
        subject="ria",
        display_name="Ria Jansen",
        organisation=cast.municipality,
        role=Role.REGISTRAR,
        department="burgerzaken",
    )
    return Mandate.objects.create(
        kind=kind,
        citizen=cast.anna,
        holder=cast.bram,
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(days=3),
        verification=Mandate.Verification.PERSONS_REGISTER,
        organisation=cast.municipality,
        recorded_by=recorder.account,
        **{"acts": list(Act), **other},
    )


def registrar(cast: Cast) -> Member:
    found: Member = cast.municipality.members.get(role=Role.REGISTRAR)
    return found


def grant(cast: Cast, mandate: Mandate | None, citizen: Citizen | None = None) -> Consent:
    return grant_consent(
        citizen=citizen or cast.anna,
        purpose_version_id=cast.energy.pk,
        terms=cast.terms(validUntil=(timezone.now() + timedelta(days=2)).isoformat()),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
        mandate=mandate,
    )


def acting_for(action: str) -> str:
    return str(json.loads(bytes(Record.objects.get(action=action).canonical))["actingFor"])


def test_an_invalid_mandate_takes_its_consents_with_it(cast: Cast, guardian: Mandate) -> None:
    consent = grant(cast, guardian)
    assert consent.mandate == guardian
    assert acting_for("consent.granted") == f"guardian:{guardian.pk}"
    member = registrar(cast)
    end_mandate(mandate_id=guardian.pk, member=member, invalid=True)
    consent.refresh_from_db()
    assert consent.state == State.INVALIDATED
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)
    assert Record.objects.filter(action="consent.invalidated", consent=consent.pk).count() == 1
    assert Mail.objects.filter(citizen=cast.anna, kind=Mail.Kind.ENDED, about=str(consent.pk)).count() == 1


def test_what_the_citizen_gave_in_person_stays(cast: Cast) -> None:
    representative = mandate_of(cast, Mandate.Kind.REPRESENTATIVE)
    consent = grant(cast, None)
    member = registrar(cast)
    end_mandate(mandate_id=representative.pk, member=member, invalid=True)
    consent.refresh_from_db()
    assert consent.state == State.GIVEN


def test_a_child_shares_less_alone_and_more_with_a_guardian(cast: Cast, guardian: Mandate) -> None:
    with pytest.raises(MandateRequired):
        grant(cast, None)
    consent = grant(cast, guardian)
    whose: dict[str, Any] = {"citizen": cast.anna, "consent_id": consent.pk}
    terms = {**consent.conditions, "uses": 1}
    narrow_consent(**whose, terms=terms, version=consent.version)
    pause_consent(**whose)
    with pytest.raises(MandateRequired):
        resume_consent(**whose)
    assert withdraw_consent(**whose).state == State.WITHDRAWN


def test_a_child_says_no_alone(cast: Cast, guardian: Mandate) -> None:
    cast.ask()
    assert refuse_consent(citizen=cast.anna, consent_id=Consent.objects.get().pk).state == State.REFUSED


def test_a_mandate_for_less_does_not_say_yes(cast: Cast) -> None:
    helper = mandate_of(cast, Mandate.Kind.REPRESENTATIVE, acts=[Act.WITHDRAW])
    with pytest.raises(MandateRefused):
        grant(cast, helper)
    consent = grant(cast, None)
    withdrawn = withdraw_consent(citizen=cast.anna, consent_id=consent.pk, mandate=helper)
    assert withdrawn.state == State.WITHDRAWN
    assert acting_for("consent.withdrawn") == f"representative:{helper.pk}"


def test_a_mandate_for_another_purpose_or_citizen_is_refused(cast: Cast) -> None:
    helper = mandate_of(cast, Mandate.Kind.REPRESENTATIVE, purposes=["street-works"])
    with pytest.raises(MandateRefused):
        grant(cast, helper)
    with pytest.raises(MandateRefused):
        grant(cast, helper, citizen=cast.bram)
    assert not Consent.objects.exists()


def test_an_offer_made_under_a_mandate_that_ended_is_not_accepted(cast: Cast) -> None:
    helper = mandate_of(cast, Mandate.Kind.REPRESENTATIVE)
    cast.ask()
    offer = make_offer(
        citizen=cast.anna,
        consent_id=Consent.objects.get().pk,
        terms=cast.terms(uses=1),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
        mandate=helper,
    )
    end_mandate(mandate_id=helper.pk, citizen=cast.anna)
    with pytest.raises(TransitionRefused):
        accept_offer(actor=cast.daan.as_actor(), offer_id=offer.pk)
    assert Consent.objects.get().state == State.REQUESTED
