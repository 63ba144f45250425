from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.citizen import Citizen
from consent.models.consent import Consent


class MailAddress(models.Model):
    """Where a citizen wants to hear of what happens, sealed to the citizen's own vault key.

    Nothing is sent to an address that was not confirmed, except the message that asks to confirm it.
    """

    citizen = models.OneToOneField(Citizen, on_delete=models.PROTECT, primary_key=True, related_name="mail_address")
    sealed = models.BinaryField()
    # SHA-256 of the secret in the link that confirms the address.
    confirmation_hash = models.CharField(max_length=64, blank=True)
    confirmation_ends_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mail address of citizen {self.pk}"


class Mail(models.Model):
    """A message to a citizen that is to be sent: written with what it tells of, in one commit, and sent after it.

    It holds no text and no address: both are made when it is sent. `about` says what it tells of, so that one event
    gives one message however often it is told.
    """

    class Kind(models.TextChoices):
        CONFIRM_ADDRESS = "confirm-address"
        ASKED = "asked"
        ASKED_TO_ALLOW = "asked-to-allow"
        USED = "used"
        ABOUT_TO_END = "about-to-end"
        ENDED = "ended"
        VERSION_CHANGED = "version-changed"
        OFFER_ANSWERED = "offer-answered"
        MANDATE_CHANGED = "mandate-changed"
        CONTEST_ANSWERED = "contest-answered"
        CONTEST_EXTENDED = "contest-extended"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        # Nobody to send it to: no confirmed address, or quiet mode.
        DROPPED = "dropped"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="mails")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    about = models.CharField(max_length=100)
    consent = models.ForeignKey(
        Consent, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # One event, one message.
            models.UniqueConstraint(fields=["citizen", "kind", "about"], name="mail_once_per_event"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(state="waiting"), name="mail_to_send"),
            # Few, and counted by whoever asks whether the service is well.
            models.Index(fields=["done_at"], condition=models.Q(state="failed"), name="mail_failed"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk} ({self.kind})"
