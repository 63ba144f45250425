"""Telling citizens two weeks before something that they share ends."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from consent.models import Consent, Mail
from consent.services.mail import post_mail

AHEAD = timedelta(days=14)
BATCH = 200


def remind_about_ends() -> int:
    """Post one message for each end within two weeks; return how many. Run twice it tells nobody twice.

    A consent that was given for two weeks or less has none: who chose so near an end knows of it. A consent that is
    renewed has another end, and another message.
    """
    now = timezone.now()
    told = Mail.objects.filter(kind=Mail.Kind.ABOUT_TO_END, consent=OuterRef("pk"), citizen=OuterRef("citizen"))
    due = (
        Consent.objects.standing()
        .filter(ends_at__gt=now, ends_at__lte=now + AHEAD)
        .filter(ends_at__gt=F("given_at") + AHEAD)
        .exclude(Exists(told.filter(created_at__gt=OuterRef("ends_at") - AHEAD)))
        .select_related("citizen")
        .order_by("pk")
    )
    posted, after = 0, None
    while batch := list((due if after is None else due.filter(pk__gt=after))[:BATCH]):
        with transaction.atomic():
            for consent in batch:
                assert consent.ends_at is not None
                about = f"{consent.pk}:{consent.ends_at.date()}"
                post_mail(citizen=consent.citizen, kind=Mail.Kind.ABOUT_TO_END, about=about, consent=consent, at=now)
        posted += len(batch)
        after = batch[-1].pk
    return posted
