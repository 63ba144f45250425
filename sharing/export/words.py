"""Codes in words, for the readable page of an export."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.lifecycle import Event, State
from consent.models import Act, Mail, Mandate

CONSENT_STATES: Mapping[str, Promise] = {
    State.REQUESTED: _("asked, not answered"),
    State.GIVEN: _("shared"),
    State.PAUSED: _("paused"),
    State.REFUSED: _("refused"),
    State.WITHDRAWN: _("stopped"),
    State.EXPIRED: _("ended by itself"),
    State.REPLACED: _("replaced by a newer choice"),
    State.INVALIDATED: _("declared invalid"),
}
EVENTS: Mapping[str, Promise] = {
    Event.GRANT: _("you said yes"),
    Event.REFUSE: _("you said no"),
    Event.POSTPONE: _("you put the question off"),
    Event.OFFER: _("you made an offer of your own"),
    Event.PAUSE: _("you paused"),
    Event.RESUME: _("you went on"),
    Event.NARROW: _("you chose to share less"),
    Event.RENEW: _("you chose a later end"),
    Event.WITHDRAW: _("you stopped"),
    Event.EXPIRE: _("it ended by itself"),
    Event.REPLACE: _("a newer choice took its place"),
    Event.INVALIDATE: _("it was declared invalid"),
}
MANDATE_KINDS: Mapping[str, Promise] = {
    Mandate.Kind.GUARDIAN: _("parent or guardian"),
    Mandate.Kind.REPRESENTATIVE: _("representative"),
}
ACTS: Mapping[str, Promise] = {
    Act.ANSWER: _("answer questions"),
    Act.CHANGE: _("change what is shared"),
    Act.WITHDRAW: _("stop sharing"),
}
MAIL_KINDS: Mapping[str, Promise] = {
    Mail.Kind.CONFIRM_ADDRESS: _("confirm your email address"),
    Mail.Kind.ASKED: _("you were asked something"),
    Mail.Kind.ASKED_TO_ALLOW: _("you were asked to allow one reading"),
    Mail.Kind.USED: _("your data was read"),
    Mail.Kind.ABOUT_TO_END: _("something is about to end"),
    Mail.Kind.ENDED: _("something ended"),
    Mail.Kind.VERSION_CHANGED: _("a text was changed"),
    Mail.Kind.OFFER_ANSWERED: _("your offer was answered"),
    Mail.Kind.MANDATE_CHANGED: _("acting for another was changed"),
    Mail.Kind.CONTEST_ANSWERED: _("what you contested was answered"),
    Mail.Kind.CONTEST_EXTENDED: _("an answer took longer"),
}
MAIL_STATES: Mapping[str, Promise] = {
    Mail.State.WAITING: _("waits to be sent"),
    Mail.State.SENT: _("sent"),
    Mail.State.DROPPED: _("not sent: you wanted no email"),
    Mail.State.FAILED: _("could not be sent"),
}


def said(words: Mapping[str, Promise], code: str) -> str:
    """Return a code in words, or the code itself where nobody gave it words."""
    return str(words.get(code, code))
