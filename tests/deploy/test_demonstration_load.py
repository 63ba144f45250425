"""Loading the demonstration: by the services, once, and only where it is one."""

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from audit.models import Pending, Record
from consent.keys.models import Epoch
from consent.lifecycle import State
from consent.models import (
    Approval,
    Area,
    Citizen,
    Client,
    Consent,
    Member,
    Offer,
    Organisation,
    Purpose,
    PurposeVersion,
    Role,
)
from consent.services.citizens import find_citizen
from deploy.demonstration.client_secrets import ClientSecrets
from deploy.demonstration.load import purposes as load_purposes
from deploy.demonstration.people import citizens as people
from deploy.demonstration.people.citizens import ANNA, YOUSSEF
from deploy.demonstration.read_catalogue import MUNICIPALITY, read_purposes
from sharing.models import Release, VaultRecord
from sharing.services.open_vault import open_vault

FEW, MANY = 12, 64


@pytest.fixture
def demonstration(settings: Settings, tmp_path: Path) -> Path:
    """Turn the demonstration on, with a VAR of the test's own; give the file of the clients' secrets."""
    settings.DEMONSTRATION = True
    settings.VAR = tmp_path / "var"
    return tmp_path / "var" / "demonstration-clients.json"


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "HOW_MANY", FEW)


def load() -> str:
    said = StringIO()
    call_command("load_demonstration", stdout=said, skip_checks=True)
    return said.getvalue()


def rows() -> dict[str, int]:
    models = [model for app in ("audit", "consent", "sharing") for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: model._default_manager.count() for model in models}


def test_refuses_where_there_is_no_demonstration(epoch: Epoch, settings: Settings, tmp_path: Path) -> None:
    settings.DEMONSTRATION, settings.VAR = False, tmp_path / "var"
    before = rows()
    with pytest.raises(CommandError, match="Set DEMONSTRATION to true"):
        load()
    assert rows() == before
    assert not (tmp_path / "var").exists()


def test_says_what_is_missing_before_there_are_keys(db: None, demonstration: Path, few_people: None) -> None:
    with pytest.raises(CommandError, match=r"manage\.py keys start"):
        load()
    assert not Organisation.objects.exists()


def test_everybody_is_there(epoch: Epoch, demonstration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Enough of them that each state of a consent is somebody's.
    monkeypatch.setattr(people, "HOW_MANY", MANY)
    said = load()
    drawn = people.citizens()
    everybody = [*drawn, *(child.person for child in people.children(drawn, today=timezone.localdate()))]
    assert len(everybody) == MANY + 1
    assert f"{len(everybody)} citizens ({len(everybody)} new)" in said
    assert Citizen.objects.count() == len(everybody)
    assert VaultRecord.objects.count() == sum(len(person.records) for person in everybody)
    assert Purpose.objects.in_force().count() == 5
    assert set(Consent.objects.values_list("state", flat=True)) == {
        State.GIVEN,
        State.PAUSED,
        State.REQUESTED,
        State.REFUSED,
        State.WITHDRAWN,
    }
    assert Offer.objects.waiting().exists()
    assert Approval.objects.waiting().exists()
    assert Consent.objects.filter(postponed_until__isnull=False).exists()
    assert Area.objects.exists()
    assert Release.objects.exists()
    assert Record.objects.filter(outcome="refused", reason="uses").exists()
    # One entry an event, and none of them is lost on the way to the log.
    assert Pending.objects.count() == Record.objects.count()


def test_loading_twice_changes_nothing(epoch: Epoch, demonstration: Path, few_people: None) -> None:
    load()
    before, secrets = rows(), demonstration.read_bytes()
    said = load()
    assert rows() == before
    assert demonstration.read_bytes() == secrets
    assert "(0 newly published)" in said
    assert "(0 new), 0 new records" in said


def test_anna_has_given_two_and_is_asked_one(epoch: Epoch, demonstration: Path, few_people: None) -> None:
    load()
    anna, youssef = find_citizen(bsn=ANNA), find_citizen(bsn=YOUSSEF)
    assert anna
    assert anna.account.display_name == "Anna de Vries"
    states = dict(Consent.objects.of_citizen(anna).values_list("purpose__slug", "state"))
    assert states == {
        "street-works-notice": State.GIVEN,
        "private-camera-register": State.GIVEN,
        "energy-allowance": State.REQUESTED,
    }
    assert set(Consent.objects.of_citizen(youssef).values_list("state", flat=True)) == {
        State.GIVEN,
        State.REFUSED,
        State.REQUESTED,
    }
    # Anna let the police read once; the second time they were refused.
    assert Record.objects.about(anna.log_subject).filter(outcome="refused").count() == 1


def test_records_open_as_they_were_drawn(epoch: Epoch, demonstration: Path, few_people: None) -> None:
    load()
    anna = find_citizen(bsn=ANNA)
    assert anna
    dataset_versions = set(VaultRecord.objects.filter(citizen=anna).values_list("dataset_version_id", flat=True))
    opened = list(open_vault(anna, dataset_versions).values())
    assert sorted(opened, key=str) == sorted(people.citizens()[0].records.values(), key=str)


def test_purposes_are_published_by_a_second_person(epoch: Epoch, demonstration: Path, few_people: None) -> None:
    load()
    for version in PurposeVersion.objects.select_related("purpose"):
        assert version.state == PurposeVersion.State.PUBLISHED
        assert version.author_id != version.reviewer_id
        roles = Member.objects.filter(account=version.reviewer_id).values_list("role", flat=True)
        assert Role.PRIVACY_OFFICER in roles


def test_a_changed_text_is_published_as_the_next_version(
    epoch: Epoch, demonstration: Path, few_people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    said = load_purposes._says

    def says(version: PurposeVersion, catalogued: Any, fields: Any) -> bool:
        return catalogued.slug != "event-crowd" and said(version, catalogued, fields)

    monkeypatch.setattr(load_purposes, "_says", says)
    assert "(1 newly published)" in load()
    numbers = {
        slug: list(
            PurposeVersion.objects.filter(purpose__slug=slug).order_by("number").values_list("number", flat=True)
        )
        for slug in [purpose.slug for purpose in read_purposes()]
    }
    assert numbers.pop("event-crowd") == [1, 2]
    assert all(found == [1] for found in numbers.values())


def test_clients_get_secrets_of_this_machine(epoch: Epoch, demonstration: Path, few_people: None) -> None:
    load()
    secrets = json.loads(demonstration.read_text())
    assert stat.S_IMODE(demonstration.stat().st_mode) == 0o600
    assert set(secrets) == {"voorbeeldstad-inkomen", "politie-opsporing"}
    assert len(set(secrets.values())) == 2
    assert all(len(secret) >= 40 for secret in secrets.values())
    client = Client.objects.get(client_id="voorbeeldstad-inkomen")
    assert client.organisation.oin == MUNICIPALITY
    # What the database keeps is a hash.
    assert secrets["voorbeeldstad-inkomen"] not in client.client_secret


def test_a_lost_file_of_secrets_is_made_again(epoch: Epoch, demonstration: Path, few_people: None) -> None:
    load()
    before = Client.objects.get(client_id="politie-opsporing").client_secret
    demonstration.unlink()
    load()
    assert ClientSecrets().known_secret("politie-opsporing")
    assert Client.objects.get(client_id="politie-opsporing").client_secret != before
    assert Client.objects.count() == 2
