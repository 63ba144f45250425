"""Many consent keys to rewrap, and the floor that rewrapping is held against. Needs Django's environment set."""

import time
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

from consent.keys.consent_key import LEVEL
from consent.keys.envelope import random_key, seal
from consent.keys.models import ConsentKey
from consent.keys.ring import open_purpose_key, purpose_key, random_key_binding
from consent.keys.rotation.rewrap import BATCH, keys_to_rewrap, rewrap_keys
from consent.keys.rotation.start import start_next_epoch

SCOPES = 20


def make_keys(count: int) -> None:
    """Store `count` consent keys of nobody, spread over SCOPES purposes, wrapped as a grant wraps them."""
    keys = [purpose_key(str(uuid4())).pk for _ in range(SCOPES)]
    opened = {key: open_purpose_key(key) for key in keys}
    now = timezone.now()
    with connection.cursor() as cursor:
        copying = cursor.cursor.copy
        with copying(
            "COPY keys_consentkey (id, purpose_key_id, generation, wrapped, created_at, consent_id)"
            " FROM STDIN WITH (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["uuid", "uuid", "int4", "bytea", "timestamptz", "uuid"])
            for key in keys:
                for _ in range(count // SCOPES):
                    consent = uuid4()
                    wrapped = seal(opened[key], random_key(), random_key_binding(LEVEL, consent, key, 1))
                    copy.write_row([uuid4(), key, 1, wrapped, now, consent])


def rewrap_all() -> tuple[int, float]:
    """Start the next epoch and rewrap everything; return how many keys and in how many seconds."""
    start_next_epoch(now=timezone.now())
    waiting = keys_to_rewrap()
    started = time.perf_counter()
    done = rewrap_keys()
    seconds = time.perf_counter() - started
    if done < waiting or keys_to_rewrap():
        raise SystemExit(f"{done} of {waiting} keys were rewrapped.")
    return done, seconds


def write_all() -> tuple[int, float]:
    """Write as many bytes to the same rows, in the same batches, opening and sealing nothing: the floor."""
    stored = ConsentKey.objects.order_by("purpose_key", "pk").values_list("pk", "wrapped")
    keys: list[tuple[UUID, bytes]] = [(pk, bytes(wrapped or b"")) for pk, wrapped in stored]
    started = time.perf_counter()
    for begin in range(0, len(keys), BATCH):
        batch = keys[begin : begin + BATCH]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE keys_consentkey k SET wrapped = fresh.wrapped FROM unnest(%s::uuid[], %s::bytea[])"
                " AS fresh (id, wrapped) WHERE k.id = fresh.id",
                [[pk for pk, _wrapped in batch], [wrapped for _pk, wrapped in batch]],
            )
    return len(keys), time.perf_counter() - started
