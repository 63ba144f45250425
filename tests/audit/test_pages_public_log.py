"""People read on a page what the public log is and which keys it signs with, also those of before."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from audit.models import Checkpoint, Record
from audit.roles import SEQUENCER
from audit.services.log_key_change import add_log_key, retire_log_keys
from audit.signing.log_key import load_verifier, verifier_file
from audit.signing.log_keys import ED25519_KEY, ML_DSA_44_KEY
from tests.audit.log import grow, signed_in_as

LOG, KEYS = "/audit/log/", "/audit/log/keys"


def test_the_log_says_what_was_signed_last_and_where_the_rest_stands(client: Client, committed_db: object) -> None:
    assert "Nothing has been signed yet" in client.get(LOG, headers={"Accept-Language": "en"}).content.decode()
    grow(1)
    page = client.get(LOG).content.decode()
    assert Checkpoint.objects.newest_first()[0].note in page
    assert settings.LOG_ORIGIN in page
    assert 'href="/audit/log/keys"' in page


def test_each_key_stands_there_with_its_time(client: Client, committed_db: object) -> None:
    grow(3)
    old = load_verifier().current
    with signed_in_as(SEQUENCER):
        add_log_key(algorithm=ED25519_KEY, beside_another=True)
        add_log_key(algorithm=ML_DSA_44_KEY, beside_another=False)
        retire_log_keys(algorithm=ED25519_KEY)
    page = client.get(KEYS, headers={"Accept-Language": "en"}).content.decode()
    present, _, retired = page.partition('id="retired-title"')
    assert str(old) in retired
    assert str(old) not in present
    assert "Signed from 0 to 3 entries." in retired
    assert present.count("Signs since the log has 4 entries.") == 2
    for key in load_verifier().keys:
        assert key.verifier.key_id.hex() in page
    assert "PRIVATE" not in page


@pytest.mark.parametrize("address", [LOG, KEYS])
def test_everybody_may_look_and_nobody_may_write(
    client: Client, db: None, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(1):
        page = client.get(address)
    assert page["Cache-Control"] == "no-store", "it has the menu of who is signed in"
    assert client.post(address).status_code == 405
    assert Record.objects.count() == 0


def test_without_a_key_it_says_what_is_wrong(client: Client, db: None) -> None:
    verifier_file(Path(settings.LOG_SIGNING_KEY_FILE)).unlink()
    assert client.get(KEYS).status_code == 503


def test_the_register_leads_there(client: Client, committed_db: object) -> None:
    grow(1)
    page = client.get("/register/").content.decode()
    assert f'href="{LOG}"' in page
    assert f'href="{KEYS}"' in page
