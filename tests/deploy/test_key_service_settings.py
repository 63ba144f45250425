"""Which key service a deployment uses: each has settings of its own, and a wrong one stops the start in a sentence."""

from datetime import timedelta
from pathlib import Path

import pytest

from consent.keys.service import SERVICES
from deploy.environment import Environment, SettingError
from deploy.key_service import KINDS, key_service

TOKEN = {
    "KEY_SERVICE": "pkcs11",
    "PKCS11_MODULE": "/usr/lib/module.so",
    "PKCS11_TOKEN": "deelwijs",
    "PKCS11_PIN": "the PIN of Deelwijs",
}
ENGINE = {
    "KEY_SERVICE": "transit",
    "TRANSIT_ADDRESS": "https://bao.example:8200/",
    "TRANSIT_TOKEN": "the token of Deelwijs",
}


def test_every_kind_has_a_service() -> None:
    assert set(KINDS) == set(SERVICES)


def test_a_folder_is_the_default_and_needs_no_more() -> None:
    settings = key_service(Environment({"KEY_SERVICE_FOLDER": "/srv/keys"}))
    assert (settings.kind, settings.folder) == ("file", Path("/srv/keys"))
    assert settings.timeout == timedelta(seconds=5)


def test_a_token(tmp_path: Path) -> None:
    settings = key_service(Environment(TOKEN))
    assert (settings.kind, settings.pkcs11_module, settings.pkcs11_token) == (
        "pkcs11",
        Path("/usr/lib/module.so"),
        "deelwijs",
    )
    (tmp_path / "pin").write_text("a PIN in a file\n")
    in_a_file = {**TOKEN, "PKCS11_PIN": "", "PKCS11_PIN_FILE": str(tmp_path / "pin")}
    assert key_service(Environment(in_a_file)).pkcs11_pin == "a PIN in a file"


def test_an_engine(tmp_path: Path) -> None:
    settings = key_service(Environment(ENGINE))
    assert (settings.transit_address, settings.transit_mount) == ("https://bao.example:8200", "transit")
    assert (settings.transit_namespace, settings.transit_token_file) == ("", None)
    (tmp_path / "token").write_text("a token in a file\n")
    in_a_file = {**ENGINE, "TRANSIT_TOKEN": "", "TRANSIT_TOKEN_FILE": str(tmp_path / "token")}
    settings = key_service(Environment({**in_a_file, "TRANSIT_NAMESPACE": "almere", "KEY_SERVICE_TIMEOUT": "500ms"}))
    assert (settings.transit_token, settings.transit_token_file) == ("a token in a file", tmp_path / "token")
    assert (settings.transit_namespace, settings.timeout) == ("almere", timedelta(milliseconds=500))


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"KEY_SERVICE": "vault"}, "Set KEY_SERVICE to where the epoch keys live: file, pkcs11 or transit."),
        ({}, "Set KEY_SERVICE_FOLDER to the folder of the epoch keys, as an absolute path."),
        ({**TOKEN, "PKCS11_MODULE": "module.so"}, "Set PKCS11_MODULE to "),
        ({**TOKEN, "PKCS11_TOKEN": ""}, "Set PKCS11_TOKEN "),
        ({**TOKEN, "PKCS11_PIN": ""}, "Set PKCS11_PIN (or PKCS11_PIN_FILE) to the PIN of the token's user."),
        ({**ENGINE, "TRANSIT_ADDRESS": "bao.example"}, "Set TRANSIT_ADDRESS "),
        ({**ENGINE, "TRANSIT_TOKEN": ""}, "Set TRANSIT_TOKEN (or TRANSIT_TOKEN_FILE) "),
        ({**ENGINE, "TRANSIT_TOKEN_FILE": "/run/secrets/token"}, "Set TRANSIT_TOKEN or TRANSIT_TOKEN_FILE, not both."),
        ({**ENGINE, "KEY_SERVICE_TIMEOUT": "5"}, "Set KEY_SERVICE_TIMEOUT to "),
        ({**ENGINE, "KEY_SERVICE_TIMEOUT": "2m"}, "Set KEY_SERVICE_TIMEOUT to "),
    ],
)
def test_what_is_missing_or_wrong_is_one_sentence(variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError) as refused:
        key_service(Environment(variables))
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(".")
