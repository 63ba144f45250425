"""The keys of the service, for its operator."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from audit.errors import DomainError
from consent.clock import check_clock
from consent.errors import EpochNeeded
from consent.keys.epoch import start_epoch
from consent.keys.models import Epoch, PurposeKey
from consent.keys.orders import carry_out_orders
from consent.keys.rotation.destroy import FORGOTTEN_AFTER, destroy_epoch, empty_epoch, keys_that_need
from consent.keys.rotation.horizon import destruction_due, erasure_horizon, horizon_is_kept
from consent.keys.rotation.rewrap import MODELS, keys_to_rewrap, rewrap_keys
from consent.keys.rotation.start import start_next_epoch
from consent.keys.rotation.wear import wraps_by_purpose_key
from consent.keys.service import key_service
from consent.keys.unavailable import reason_of
from consent.models import KeyOrder


class Command(BaseCommand):
    help = (
        "start: make the first epoch of keys. status: show how the keys stand. rotate: start the next epoch. "
        "rewrap: wrap what lives under the current epoch. destroy: destroy the keys of the epochs that nothing needs "
        "any more, before it is their time. The beat does all but the first by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["start", "status", "rotate", "rewrap", "destroy"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")()
        except EpochNeeded as error:
            raise CommandError(self._how_to_go_on(error)) from error
        except DomainError as error:
            raise CommandError(f"{error.title}: {reason_of(error) or error.detail}") from error

    def _start(self) -> None:
        self.stdout.write(f"Epoch {start_epoch().number} is in use.")

    def _rotate(self) -> None:
        check_clock()
        epoch = start_next_epoch(now=timezone.now())
        self.stdout.write(f"Epoch {epoch.number} is in use. Next: manage.py keys rewrap")

    def _rewrap(self) -> None:
        carry_out_orders()
        with tqdm(total=keys_to_rewrap(), unit=" keys", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            done = rewrap_keys(bar.update)
        left = keys_to_rewrap()
        self.stdout.write(f"{done} keys were wrapped anew; {left} are left.")
        if left:
            raise CommandError(
                f"{left} keys are being rewrapped elsewhere, or do not open. Run this again, see the log."
            )

    def _destroy(self) -> None:
        check_clock()
        epochs = list(Epoch.objects.retired())
        for epoch in tqdm(epochs, unit=" epochs", file=sys.stderr, disable=not sys.stderr.isatty()):
            empty_epoch(epoch, now=timezone.now())
            destroy_epoch(epoch, now=timezone.now())
            self.stdout.write(f"The key of epoch {epoch.number} is destroyed. Nothing wrapped under it opens any more.")
        if not epochs:
            self.stdout.write("There is no retired epoch. Next: manage.py keys rotate")

    def _status(self) -> None:
        in_service = set(key_service().names())
        for epoch in Epoch.objects.order_by("number"):
            self.stdout.write(f"Epoch {epoch.number}: {self._state(epoch, in_service)}")
        for model in MODELS:
            living = model.objects.living().count()
            name = str(model._meta.verbose_name).capitalize()
            suspended = model.objects.living().filter(suspended_at__isnull=False).count()
            destroyed = model.objects.count() - living
            self.stdout.write(f"{name}s: {living} living, {suspended} of them suspended, {destroyed} destroyed")
        self.stdout.write(f"Keys to rewrap: {keys_to_rewrap()}. Orders to carry out: {KeyOrder.objects.count()}")
        kept = "kept" if horizon_is_kept(timezone.now()) else "NOT KEPT: an epoch key is older"
        self.stdout.write(f"Erasure horizon: {erasure_horizon().days} days, {kept}")

    def _state(self, epoch: Epoch, in_service: set[str]) -> str:
        if epoch.destroyed_at is not None:
            return f"destroyed on {epoch.destroyed_at:%Y-%m-%d}"
        key = "in the key service" if epoch.key_name in in_service else "MISSING from the key service"
        purposes = PurposeKey.objects.filter(epoch=epoch).count()
        most = max(wraps_by_purpose_key(epoch).values(), default=0)
        state = "current" if epoch.retired_at is None else f"retired, {keys_that_need(epoch)} keys need it"
        return (
            f"{state}, key {key}, {purposes} purpose keys, at most {most} wraps by one, "
            f"to be destroyed by {destruction_due(epoch):%Y-%m-%d}"
        )

    def _how_to_go_on(self, error: EpochNeeded) -> str:
        keys, number = error.params["keys"], error.params["epoch"]
        if keys:
            return f"{keys} keys need epoch {number}. Run first: manage.py keys rewrap"
        minutes = int(FORGOTTEN_AFTER.total_seconds() // 60)
        return f"A process may remember keys of epoch {number} for {minutes} minutes. Run this again after that."
