"""What a citizen chooses for all of Deelwijs: an address for e-mail, a language, and quiet mode."""

import hmac
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from audit.entry import Entry
from audit.errors import FieldError
from audit.services.append import append_entry
from consent import actions
from consent.errors import ConfirmationRefused, InvalidPreference
from consent.mail.secret import confirmation_hash, confirmation_secret, open_address, seal_address
from consent.models import Account, Citizen, Mail, MailAddress
from consent.services.citizens import lock_citizen
from consent.services.mail import post_mail

CONFIRM_WITHIN = timedelta(days=1)
# Somebody else's address can be filled in: it then gets this many messages a day at most.
MOST_CHANGES_A_DAY = 5
LONGEST_ADDRESS = 254


@transaction.atomic
def set_address(*, citizen: Citizen, address: str) -> None:
    """Store where to send e-mail, and send a link there that confirms it; nothing else is sent there before.

    The address that is confirmed already changes nothing. Raises InvalidPreference.
    """
    address = address.strip()
    lock_citizen(citizen)
    now = timezone.now()
    _check_address(address)
    standing = MailAddress.objects.filter(citizen=citizen).first()
    if standing and standing.confirmed_at and open_address(citizen, bytes(standing.sealed)) == address:
        return
    if Citizen.objects.get(pk=citizen.pk).quiet:
        raise _invalid(_("Quiet mode is on, so nothing can be sent to confirm an address. Switch it off first."))
    changes = Mail.objects.filter(
        citizen=citizen, kind=Mail.Kind.CONFIRM_ADDRESS, created_at__gt=now - timedelta(days=1)
    )
    if changes.count() >= MOST_CHANGES_A_DAY:
        raise _invalid(_("You changed this five times today. Try again tomorrow."))
    change = str(uuid7())
    MailAddress.objects.update_or_create(
        citizen=citizen,
        defaults={
            "sealed": seal_address(citizen, address),
            "confirmation_hash": confirmation_hash(confirmation_secret(citizen, change)),
            "confirmation_ends_at": now + CONFIRM_WITHIN,
            "confirmed_at": None,
            "changed_at": now,
        },
    )
    post_mail(citizen=citizen, kind=Mail.Kind.CONFIRM_ADDRESS, about=change, at=now)
    _log(citizen, "address")


@transaction.atomic
def confirm_address(*, citizen: Citizen, secret: str) -> None:
    """Confirm the address to which the link with `secret` was sent. Confirmed twice it is confirmed once.

    Raises ConfirmationRefused for another citizen's link, an earlier address, and a link of over a day old.
    """
    lock_citizen(citizen)
    now = timezone.now()
    stored = MailAddress.objects.filter(citizen=citizen).first()
    if stored is None or not hmac.compare_digest(stored.confirmation_hash, confirmation_hash(secret)):
        raise ConfirmationRefused(detail=_("Fill in your address once more to get another link."))
    if stored.confirmed_at is not None:
        return
    if stored.confirmation_ends_at is None or stored.confirmation_ends_at <= now:
        raise ConfirmationRefused(detail=_("Fill in your address once more to get another link."))
    stored.confirmed_at = now
    stored.save(update_fields=["confirmed_at"])
    _log(citizen, "address-confirmed")


@transaction.atomic
def remove_address(*, citizen: Citizen) -> None:
    """Forget the address. Without one, nothing is sent."""
    lock_citizen(citizen)
    if MailAddress.objects.filter(citizen=citizen).delete()[0]:
        _log(citizen, "address-removed")


@transaction.atomic
def set_language(*, citizen: Citizen, language: str) -> None:
    """Choose the language of e-mail and of pages after signing in, one of LANGUAGES."""
    if language not in dict(settings.LANGUAGES):
        raise InvalidPreference(
            errors=[FieldError("/language", InvalidPreference.code, _("Choose one of the languages."))]
        )
    lock_citizen(citizen)
    if Account.objects.filter(pk=citizen.account_id).exclude(language=language).update(language=language):
        _log(citizen, "language")


@transaction.atomic
def set_quiet(*, citizen: Citizen, quiet: bool) -> None:
    """Switch quiet mode: no e-mail, page titles that tell nothing, and a quick way out."""
    lock_citizen(citizen)
    if Citizen.objects.filter(pk=citizen.pk).exclude(quiet=quiet).update(quiet=quiet):
        # What it is stands nowhere in the history: others may look over the shoulder there.
        _log(citizen, "")


def address_of(citizen: Citizen) -> tuple[str, bool]:
    """Return the address of `citizen` and whether it was confirmed; "" without one."""
    stored = MailAddress.objects.filter(citizen=citizen).first()
    return ("", False) if stored is None else (open_address(citizen, bytes(stored.sealed)), bool(stored.confirmed_at))


def _check_address(address: str) -> None:
    try:
        EmailValidator()(address)
    except ValidationError:
        raise _invalid(_("Fill in an e-mail address, such as name@example.nl.")) from None
    if len(address) > LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        # RFC 5321 section 4.5.3.1.3; and what has no place in a header.
        raise _invalid(_("Fill in an e-mail address, such as name@example.nl."))


def _invalid(detail: str) -> InvalidPreference:
    return InvalidPreference(errors=[FieldError("/address", InvalidPreference.code, detail)])


def _log(citizen: Citizen, changed: str) -> None:
    append_entry(
        Entry(
            action=actions.PREFERENCES_CHANGED.name,
            outcome="allowed",
            subject=citizen.log_subject,
            details={"changed": changed} if changed else {},
        )
    )
