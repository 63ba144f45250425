"""The least that a logged, sealed, durable read can cost in Django: what `deploy/bench release` is held against.

No middleware, no token, no decision: one transaction that locks and reads a row, inserts one, and commits, and
AES-GCM opened once. Served by `floor_wsgi.py`.
"""

import json
import os
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

KEY = b"k" * 32


def release(request: HttpRequest) -> HttpResponse:
    consent_id = json.loads(request.body)["requestId"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM bench_floor_consent WHERE id = %s FOR UPDATE", [consent_id])
        sealed = bytes(cursor.fetchone()[0])
        cursor.execute("INSERT INTO bench_floor_log (id, consent_id) VALUES (%s, %s)", [uuid4(), consent_id])
    plaintext = AESGCM(KEY).decrypt(sealed[:12], sealed[12:], None)
    return HttpResponse(json.dumps({"data": plaintext.decode()}), content_type="application/json")


urlpatterns = [path("", release)]


def seal_floor_row(consent_id: UUID, plaintext: bytes) -> None:
    """Add a row for the floor to read."""
    nonce = os.urandom(12)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_floor_consent (id, sealed) VALUES (%s, %s)",
            [consent_id, nonce + AESGCM(KEY).encrypt(nonce, plaintext, None)],
        )


def create_floor_tables(owner_url: str) -> None:
    """Make the two tables of the floor, with rights for the role that the service runs as."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE bench_floor_consent (id uuid PRIMARY KEY, sealed bytea NOT NULL)")
        owner.execute("CREATE TABLE bench_floor_log (id uuid PRIMARY KEY, consent_id uuid NOT NULL)")
        owner.execute("GRANT ALL ON bench_floor_consent, bench_floor_log TO deelwijs_app")
