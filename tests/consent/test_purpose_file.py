"""Purposes as signed files: what one municipality publishes, another adopts as a draft."""

import json
from base64 import urlsafe_b64encode
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from joserfc.jwk import OKPKey

from consent.errors import InvalidPurposeFile
from consent.models import Dataset, DatasetVersion, Member, PurposeVersion, Role
from consent.purpose_file.read import read_purpose_file
from consent.purpose_file.write import purpose_file
from consent.receipts.signing import sign
from consent.receipts.signing_key import create_key_file, public_keys
from consent.services.members import add_member
from tests.cast import Cast

FILE, KEYS = "purpose.jws", "keys.json"


@pytest.fixture
def adopter(cast: Cast) -> Member:
    """An editor of the police, who adopts what the municipality published."""
    return add_member(
        subject="kim", display_name="Kim", organisation=cast.police, role=Role.PURPOSE_EDITOR, department="recht"
    )


@pytest.fixture
def exported(cast: Cast, tmp_path: Path) -> Path:
    """A folder with the file of the energy allowance and the keys that the exporter publishes."""
    (tmp_path / FILE).write_text(export("energy-allowance"))
    (tmp_path / KEYS).write_text(json.dumps({"keys": public_keys()}))
    return tmp_path


def export(slug: str, *options: str) -> str:
    out = StringIO()
    call_command("purpose", "export", slug, *options, stdout=out)
    return out.getvalue()


def adopt(folder: Path, cast: Cast, *options: str, organisation: str = "", author: str = "kim") -> str:
    out = StringIO()
    call_command(
        "purpose",
        "import",
        str(folder / FILE),
        "--keys",
        str(folder / KEYS),
        "--organisation",
        organisation or cast.police.oin,
        "--author",
        author,
        *options,
        stdout=out,
    )
    return out.getvalue()


def test_there_and_back(cast: Cast, adopter: Member, exported: Path) -> None:
    assert "is a draft" in adopt(exported, cast, "--slug", "adopted")
    version = PurposeVersion.objects.get(purpose__slug="adopted")
    original = cast.energy
    assert (version.state, version.number, version.author) == (PurposeVersion.State.DRAFT, 1, adopter.account)
    assert version.purpose.organisation == cast.police
    assert version.adopted_from == f"{cast.municipality.oin} energy-allowance 1"
    for part in ("texts", "legal_basis", "longest_validity_days", "most_uses", "retention_days", "automated_decisions"):
        assert getattr(version, part) == getattr(original, part), part
    assert [(field.name, field.required, field.reason) for field in version.fields.all()] == [
        (field.name, field.required, field.reason) for field in original.fields.all()
    ]
    # What the adopter must do itself is not taken over.
    assert version.recipients == [cast.police.oin]
    assert (version.dpia_reference, version.dpia_review_on, version.power_imbalance_assessment) == ("", None, "")
    assert (version.storage_place, version.assessment_signed_at, version.processing_activity) == ({}, None, "")
    assert DatasetVersion.objects.count() == 2


def test_the_same_version_gives_the_same_file(cast: Cast, exported: Path) -> None:
    assert export("energy-allowance", "--version", "1") == (exported / FILE).read_text()


def test_a_dataset_that_is_not_there_comes_along(cast: Cast, adopter: Member, exported: Path) -> None:
    content = read_purpose_file((exported / FILE).read_text(), {"keys": public_keys()})
    content["datasets"][0]["slug"] = "household-elsewhere"
    content["purpose"]["fields"][0]["name"] = "household-elsewhere#/size"
    resign(exported, content)
    adopt(exported, cast, "--slug", "adopted")
    dataset = Dataset.objects.get(slug="household-elsewhere")
    assert dataset.organisation == cast.police


@pytest.mark.parametrize("part", ["header", "payload", "signature"])
def test_changed_bytes_are_refused(cast: Cast, adopter: Member, exported: Path, part: str) -> None:
    parts = (exported / FILE).read_text().strip().split(".")
    place = ["header", "payload", "signature"].index(part)
    middle = len(parts[place]) // 2
    parts[place] = parts[place][:middle] + ("A" if parts[place][middle] != "A" else "B") + parts[place][middle + 1 :]
    (exported / FILE).write_text(".".join(parts))
    refused(exported, cast, "")


def test_an_unknown_key_is_refused_by_name(cast: Cast, adopter: Member, exported: Path, tmp_path: Path) -> None:
    other = create_key_file(tmp_path / "other")
    (exported / KEYS).write_text(json.dumps({"keys": [other.as_dict(private=False)]}))
    refused(exported, cast, "not among the keys that you gave")


def test_a_key_cannot_take_the_name_of_another(cast: Cast, adopter: Member, exported: Path) -> None:
    forged = OKPKey.generate_key("Ed25519").as_dict(private=False) | {"kid": public_keys()[0]["kid"]}
    (exported / KEYS).write_text(json.dumps({"keys": [forged]}))
    refused(exported, cast, "not among the keys that you gave")


def test_a_file_without_a_signature_is_refused(cast: Cast, adopter: Member, exported: Path) -> None:
    header = json.dumps({"alg": "none", "typ": "vnd.deelwijs.purpose-receipt+jws", "kid": public_keys()[0]["kid"]})
    payload = (exported / FILE).read_text().split(".")[1]
    (exported / FILE).write_text(f"{urlsafe_b64encode(header.encode()).rstrip(b'=').decode()}.{payload}.")
    refused(exported, cast, "")


def test_another_receipt_is_no_purpose(cast: Cast, adopter: Member, exported: Path) -> None:
    content = read_purpose_file((exported / FILE).read_text(), {"keys": public_keys()})
    del content["iss"]
    (exported / FILE).write_text(sign(content, kind="consent"))
    refused(exported, cast, "was not signed as a purpose")


def test_a_dataset_that_says_something_else_is_refused(cast: Cast, adopter: Member, exported: Path) -> None:
    content = read_purpose_file((exported / FILE).read_text(), {"keys": public_keys()})
    content["datasets"][0]["schema"]["properties"]["size"] = {"type": "string"}
    resign(exported, content)
    refused(exported, cast, "There is a dataset household here that says something else")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "deelwijs-purpose/2"},
        {"number": "1"},
        {"extra": True},
        {"datasets": []},
        {"purpose": {}},
    ],
)
def test_what_is_signed_and_no_purpose_is_refused(
    cast: Cast, adopter: Member, exported: Path, change: dict[str, Any]
) -> None:
    content = read_purpose_file((exported / FILE).read_text(), {"keys": public_keys()})
    resign(exported, content | change)
    refused(exported, cast, "")


def test_a_name_that_is_taken_is_refused(cast: Cast, adopter: Member, exported: Path) -> None:
    refused(exported, cast, "Another organisation has a purpose with this name", slug="")


def test_only_an_editor_of_the_adopter_takes_it_in(cast: Cast, adopter: Member, exported: Path) -> None:
    before = PurposeVersion.objects.count()
    with pytest.raises(CommandError):
        adopt(exported, cast, "--slug", "adopted", author="eva")
    with pytest.raises(CommandError):
        adopt(exported, cast, "--slug", "adopted", organisation=cast.municipality.oin)
    assert PurposeVersion.objects.count() == before


def test_drafts_and_unknown_purposes_are_not_exported(cast: Cast) -> None:
    for options in (["nothing"], ["energy-allowance", "--version", "2"]):
        with pytest.raises(CommandError):
            export(*options)


def test_it_is_no_secret_and_no_personal_data(cast: Cast) -> None:
    content = read_purpose_file(purpose_file(cast.energy), {"keys": public_keys()})
    assert "femke" not in json.dumps(content).lower()
    assert "Jansen" not in json.dumps(content)
    with pytest.raises(InvalidPurposeFile):
        read_purpose_file("not a file", {"keys": public_keys()})
    with pytest.raises(InvalidPurposeFile):
        read_purpose_file(purpose_file(cast.energy), {"no": "keys"})


def resign(folder: Path, content: dict[str, Any]) -> None:
    (folder / FILE).write_text(sign({name: value for name, value in content.items() if name != "iss"}, kind="purpose"))


def refused(folder: Path, cast: Cast, message: str, slug: str = "adopted") -> None:
    before = (PurposeVersion.objects.count(), DatasetVersion.objects.count())
    with translation.override("en"), pytest.raises(CommandError, match=message or None):
        adopt(folder, cast, *(["--slug", slug] if slug else []))
    assert (PurposeVersion.objects.count(), DatasetVersion.objects.count()) == before
