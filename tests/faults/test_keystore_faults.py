"""Key tables in a database of their own: between the citizen's word and the end of the key somebody dies or is away."""

import http.client
import json
import os
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connections
from django.test import Client
from psycopg import sql

from audit.models import Record
from consent.errors import KeyDestroyed
from consent.keys.consent_key import find_consent_key
from consent.keys.keystore import APART
from consent.keys.models import ConsentKey
from consent.models import Consent, KeyOrder
from consent.services.change import withdraw_consent
from consent.tasks import carry_out_key_orders
from deploy.private_services import free_port
from sharing.models import Release
from sharing.services.release import release
from tests.cast import ANNA_INCOME, Cast
from tests.conftest import TestDatabase
from tests.consent.keys.apart import apart_cast, keystore_apart
from tests.faults.processes import locked, until, waits, web
from tests.faults.test_key_service_gone import ask_release
from tests.faults.test_races import THREADS, in_a_thread
from tests.pages import nothing_written, signed_in, text_of

__all__ = ["apart_cast", "keystore_apart"]

READS = 250


def withdraw_by_web(cast: Cast, consent_id: UUID, port: int) -> http.client.HTTPConnection:
    """Say to a web server of its own that Anna withdraws; return the connection on which it will answer."""
    token = "t" * 32
    headers = {
        "X-Forwarded-Proto": "https",
        "Origin": f"https://127.0.0.1:{port}",
        "X-CSRFToken": token,
        "Cookie": f"__Host-session={signed_in(cast.anna.account).cookies['session'].value}; __Host-csrf={token}",
        "Content-Type": "application/json",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", f"/api/v1/consents/{consent_id}/withdrawals", "{}", headers)
    return connection


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def end_what_waits(database: TestDatabase) -> None:
    """End the statement of a process that is dead, as a database does that hears no more from its machine."""
    with psycopg.connect(database.postgres.url(database=database.name), autocommit=True) as connection:
        # Only here: the server has other databases, and whoever waits there is alive.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )


def refused(cast: Cast, request_id: UUID, key: str) -> bool:
    return release(actor=cast.daan.as_actor(), request_id=request_id, idempotency_key=key).released is None


def test_a_web_process_killed_between_the_withdrawal_and_the_end_of_its_key(
    apart_cast: Cast, keystore_apart: TestDatabase, celery_worker_process: "subprocess.Popen[str]"
) -> None:
    cast, port = apart_cast, free_port()
    consent = cast.grant()
    request = cast.ask()
    key = ConsentKey.objects.get(consent_id=consent.pk)
    with (
        web(port) as process,
        locked(keystore_apart, "SELECT FROM keys_consentkey WHERE id = %s FOR UPDATE", key.pk) as connection,
    ):
        until(lambda: listens(port))
        asked = withdraw_by_web(cast, consent.pk, port)
        until(lambda: waits(connection))
        # The withdrawal has committed; its key is being destroyed.
        assert Consent.objects.get(pk=consent.pk).state == "withdrawn"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        with pytest.raises(ConnectionError):
            asked.getresponse()
        end_what_waits(keystore_apart)
    assert find_consent_key(consent.pk)
    assert KeyOrder.objects.count() == 1
    assert refused(cast, request.pk, "late")
    # What the beat sends each minute.
    carry_out_key_orders.delay()
    until(lambda: not KeyOrder.objects.exists())
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)
    assert Record.objects.filter(action="consent.withdrawn").count() == 1


@contextmanager
def away(keystore: TestDatabase) -> Iterator[None]:
    """Throw everybody out of the keystore, and let nobody in."""
    name = sql.Identifier(keystore.name)
    with psycopg.connect(keystore.postgres.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [keystore.name])
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
            connections[APART].close()


def test_without_the_keystore_a_citizen_still_stops(apart_cast: Cast, keystore_apart: TestDatabase) -> None:
    cast = apart_cast
    consent = cast.grant()
    request = cast.ask()
    browser = signed_in(cast.anna.account)
    with away(keystore_apart):
        paused = browser.post(f"/my/consents/{consent.pk}/pause/", follow=True)
        assert "Niemand kan deze gegevens bekijken" in text_of(paused)
        stopped = browser.post(f"/my/consents/{consent.pk}/", follow=True)
        assert "Vanaf nu kan niemand deze gegevens nog bekijken" in text_of(stopped)
        health = Client().get("/health/").json()
        assert (health["parts"]["keystore"], health["parts"]["database"]) == ("failing", "ok")
    assert Consent.objects.get(pk=consent.pk).state == "withdrawn"
    assert refused(cast, request.pk, "late")
    # To suspend it, and to destroy it.
    assert carry_out_key_orders() == 2
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)


def test_without_the_keystore_nothing_is_released_or_granted(apart_cast: Cast, keystore_apart: TestDatabase) -> None:
    cast = apart_cast
    cast.grant()
    request = cast.ask()
    with away(keystore_apart), nothing_written():
        status, body = ask_release(cast, request.pk)
        assert (status, json.loads(body)["code"]) == (503, "unavailable")
        assert str(ANNA_INCOME).encode() not in body
        with pytest.raises(OperationalError):
            cast.grant(cast.bram)
    assert ask_release(cast, request.pk)[0] == 201
    assert cast.grant(cast.bram).state == "given"


def test_no_read_commits_after_a_withdrawal(apart_cast: Cast) -> None:
    cast = apart_cast
    consent = cast.grant()
    request = cast.ask()
    half_way = Event()

    def read(number: int) -> bool:
        if number == READS // 2:
            half_way.set()
        return refused(cast, request.pk, f"key-{number}")

    def withdraw() -> int:
        half_way.wait()
        withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
        return Consent.objects.get(pk=consent.pk).uses_taken

    with ThreadPoolExecutor(THREADS + 1) as pool:
        withdrawal = pool.submit(in_a_thread, withdraw)
        refusals = Counter(pool.map(lambda number: in_a_thread(lambda: read(number)), range(READS)))
    consent.refresh_from_db()
    assert consent.uses_taken == withdrawal.result() == Release.objects.count() == refusals[False] > 0
    assert refusals[True] == READS - refusals[False] > 0
    assert not ConsentKey.objects.living().exists()
    assert not KeyOrder.objects.exists()
