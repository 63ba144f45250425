"""E-mail: written with what it tells of, sent by a real SMTP server's rules, once for each event."""

import threading
from datetime import timedelta
from unittest import mock

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from consent.mail import sending
from consent.mail.secret import seal_address
from consent.mail.sending import CLAIMED_FOR, MOST_ATTEMPTS, delay_after, remove_old_mails, send_mails
from consent.mail.texts import SENTENCES, SUBJECTS, mail_text
from consent.models import Citizen, Consent, Mail, MailAddress
from consent.services.mail import post_mail
from consent.services.reminders import remind_about_ends
from tests.cast import Cast
from tests.consent.mail_server import Mailbox, mail_port, mailbox, serving
from tests.consent.test_mandates import guardian_of_anna

__all__ = ["mail_port", "mailbox"]


def with_address(citizen: Citizen, address: str = "anna@example.nl") -> Citizen:
    now = timezone.now()
    MailAddress.objects.create(citizen=citizen, sealed=seal_address(citizen, address), confirmed_at=now, changed_at=now)
    return citizen


def post(
    citizen: Citizen, kind: Mail.Kind = Mail.Kind.ASKED, about: str = "event", consent: Consent | None = None
) -> Mail:
    post_mail(citizen=citizen, kind=kind, about=about, consent=consent, at=timezone.now())
    return Mail.objects.get(citizen=citizen, kind=kind, about=about)


def try_again_now(mail: Mail) -> None:
    Mail.objects.filter(pk=mail.pk).update(next_attempt_at=timezone.now())


def state(mail: Mail) -> str:
    mail.refresh_from_db()
    return mail.state


def test_a_message_goes_to_the_confirmed_address(cast: Cast, mailbox: Mailbox) -> None:
    mail = post(with_address(cast.anna), consent=cast.grant())
    assert send_mails() == 1
    assert state(mail) == Mail.State.SENT
    [message] = mailbox.messages
    assert message["X-To"] == message["To"] == "anna@example.nl"
    assert message["From"] == "Deelwijs <no-reply@deelwijs.example>"
    assert message["Message-ID"] == f"<{mail.pk}@deelwijs.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_content()
    assert cast.municipality.name in body
    assert "https://deelwijs.example/my/" in body


@pytest.mark.parametrize("kind", list(Mail.Kind))
def test_no_subject_says_anything_of_anybody(cast: Cast, kind: Mail.Kind) -> None:
    text = mail_text(
        kind=kind, language="en", organisation="Gemeente Voorbeeldstad", for_another=True, link="https://x.example/my/"
    )
    with override("en"):
        assert text.subject == str(SUBJECTS[kind])
    assert "%" not in text.subject + text.body
    assert "Gemeente" not in text.subject
    assert "\n" not in text.subject
    assert text.body.count("https://") == 1
    assert set(SENTENCES) == set(SUBJECTS) == set(Mail.Kind)


def test_it_names_neither_the_purpose_nor_the_citizen(cast: Cast, mailbox: Mailbox) -> None:
    post(with_address(cast.anna), consent=cast.grant())
    send_mails()
    everything = mailbox.messages[0].as_string()
    for secret in ("Energietoeslag", "Energy allowance", "Anna de Vries", "999990342"):
        assert secret not in everything


def test_one_event_gives_one_message(cast: Cast, mailbox: Mailbox) -> None:
    citizen = with_address(cast.anna)
    for _ in range(3):
        post(citizen)
    send_mails()
    post(citizen)
    send_mails()
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("why", ["no address", "not confirmed", "quiet", "closed"])
def test_nobody_to_send_to_drops_it(cast: Cast, mailbox: Mailbox, why: str) -> None:
    if why != "no address":
        with_address(cast.anna)
    if why == "not confirmed":
        MailAddress.objects.update(confirmed_at=None)
    if why == "quiet":
        Citizen.objects.filter(pk=cast.anna.pk).update(quiet=True)
    if why == "closed":
        type(cast.anna.account).objects.filter(pk=cast.anna.account_id).update(is_active=False)
    mail = post(cast.anna)
    assert send_mails() == 0
    assert state(mail) == Mail.State.DROPPED
    assert not mailbox.messages


def test_without_the_commit_there_is_no_message(cast: Cast) -> None:
    with transaction.atomic():
        post(cast.anna)
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


def test_a_server_that_is_away_is_tried_again(cast: Cast, mail_port: int) -> None:
    mail = post(with_address(cast.anna))
    assert send_mails() == 0
    assert state(mail) == Mail.State.WAITING
    assert mail.attempts == 1
    assert mail.next_attempt_at > timezone.now()
    assert send_mails() == 0, "not before its time"
    mail.refresh_from_db()
    assert mail.attempts == 1
    try_again_now(mail)
    box = Mailbox()
    with serving(box, mail_port):
        assert send_mails() == 1
    assert state(mail) == Mail.State.SENT
    assert len(box.messages) == 1


@pytest.mark.parametrize("step", ["answer_recipient", "answer_message"])
def test_later_is_tried_again_and_never_is_given_up(cast: Cast, mailbox: Mailbox, step: str) -> None:
    mail = post(with_address(cast.anna))
    setattr(mailbox, step, "451 try later")
    send_mails()
    assert state(mail) == Mail.State.WAITING
    setattr(mailbox, step, "550 no such person")
    try_again_now(mail)
    send_mails()
    assert state(mail) == Mail.State.FAILED
    assert mail.done_at
    assert not mailbox.messages


def test_a_slow_server_is_not_waited_for(cast: Cast, mailbox: Mailbox, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    mailbox.delay_seconds = 1
    mail = post(with_address(cast.anna))
    assert send_mails() == 0
    assert state(mail) == Mail.State.WAITING
    mailbox.delay_seconds = 0
    settings.EMAIL_TIMEOUT = 5
    try_again_now(mail)
    assert send_mails() == 1
    # The server took the slow one as well: the same Message-ID tells that it is one message.
    assert {message["Message-ID"] for message in mailbox.messages} == {f"<{mail.pk}@deelwijs.example>"}


def test_the_delay_grows_to_a_maximum_and_then_it_has_failed(cast: Cast, mail_port: int) -> None:
    delays = [delay_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert delays == sorted(delays)
    assert delays[0] == timedelta(minutes=1)
    assert delays[-1] == timedelta(hours=6)
    mail = post(with_address(cast.anna))
    Mail.objects.filter(pk=mail.pk).update(attempts=MOST_ATTEMPTS - 1)
    send_mails()
    assert state(mail) == Mail.State.FAILED
    assert sending.failed_lately() == 1


def test_one_refused_message_stops_no_other(cast: Cast, mailbox: Mailbox) -> None:
    # Sealed before the check of addresses was as it is: with a header of somebody else's in it.
    broken = post(with_address(cast.anna, "anna@example.nl\nBcc: eva@example.nl"))
    fine = post(with_address(cast.bram, "bram@example.nl"))
    assert send_mails() == 1
    assert state(broken) == Mail.State.FAILED
    assert state(fine) == Mail.State.SENT
    assert [message["X-To"] for message in mailbox.messages] == ["bram@example.nl"]


def test_a_worker_killed_after_sending_sends_the_same_message_once_more(cast: Cast, mailbox: Mailbox) -> None:
    """At least once: the second has the Message-ID of the first, and comes only when the claim has run out."""
    mail = post(with_address(cast.anna))
    with mock.patch.object(sending, "_settle", side_effect=SystemExit), pytest.raises(SystemExit):
        send_mails()
    assert send_mails() == 0
    assert state(mail) == Mail.State.WAITING
    assert mail.next_attempt_at > timezone.now() + CLAIMED_FOR - timedelta(minutes=1)
    try_again_now(mail)
    assert send_mails() == 1
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1
    assert send_mails() == 0


def test_two_workers_send_each_message_once(committed_cast: Cast, mailbox: Mailbox) -> None:
    citizen = with_address(committed_cast.anna)
    with mock.patch.object(current_app, "send_task"):
        for number in range(60):
            post(citizen, about=str(number))
    sent: list[int] = []

    def work() -> None:
        try:
            sent.append(send_mails())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(sent) == 60
    assert len({message["Message-ID"] for message in mailbox.messages}) == len(mailbox.messages) == 60


def test_the_queue_is_told_once_and_told_nothing_personal(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with (
        mock.patch.object(current_app, "send_task") as told,
        django_capture_on_commit_callbacks(execute=True),
        transaction.atomic(),
    ):
        post(cast.anna, about="1")
        post(cast.anna, about="2")
    told.assert_called_once_with("consent.tasks.send_mails", ignore_result=True)


def test_a_queue_that_is_away_undoes_nothing(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    # Nothing listens at the address of the queue here.
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        post(cast.anna)
    assert Mail.objects.exists()


def test_the_language_is_the_citizens_own(cast: Cast, mailbox: Mailbox) -> None:
    citizen = with_address(cast.anna)
    type(citizen.account).objects.filter(pk=citizen.account_id).update(language="en")
    post(citizen)
    send_mails()
    [message] = mailbox.messages
    assert message["Content-Language"] == "en"
    assert message["Subject"] == "A question waits for you"


def test_the_guardian_of_a_child_is_told_too(cast: Cast, mailbox: Mailbox) -> None:
    mandate = guardian_of_anna(cast)
    Mail.objects.all().delete()
    with_address(cast.bram, "bram@example.nl")
    type(cast.bram.account).objects.update(language="en")
    consent = Consent.objects.create(
        citizen=cast.anna,
        organisation=cast.municipality,
        purpose=cast.energy.purpose,
        purpose_version=cast.energy,
        state="requested",
    )
    post_mail(citizen=cast.anna, kind=Mail.Kind.ASKED, about=consent.pk, consent=consent, at=timezone.now())
    assert set(Mail.objects.values_list("citizen_id", flat=True)) == {cast.anna.pk, mandate.holder_id}
    send_mails()
    [message] = mailbox.messages
    assert message["X-To"] == "bram@example.nl"
    assert "This is about a person for whom you act." in message.get_content()


def test_an_end_is_told_of_two_weeks_before_and_once(cast: Cast) -> None:
    far = cast.grant(validUntil=(timezone.now() + timedelta(days=60)).isoformat())
    assert remind_about_ends() == 0
    Consent.objects.filter(pk=far.pk).update(
        ends_at=timezone.now() + timedelta(days=13), given_at=timezone.now() - timedelta(days=40)
    )
    assert remind_about_ends() == 1
    assert remind_about_ends() == 0
    assert Mail.objects.filter(kind=Mail.Kind.ABOUT_TO_END).count() == 1


def test_another_end_is_told_of_again(cast: Cast) -> None:
    consent = cast.grant()
    given_at = timezone.now() - timedelta(days=40)
    Consent.objects.filter(pk=consent.pk).update(ends_at=timezone.now() + timedelta(days=1), given_at=given_at)
    assert remind_about_ends() == 1
    Mail.objects.update(created_at=timezone.now() - timedelta(days=30))
    Consent.objects.filter(pk=consent.pk).update(ends_at=timezone.now() + timedelta(days=13))
    assert remind_about_ends() == 1


def test_a_consent_of_a_week_is_not_told_of(cast: Cast) -> None:
    cast.grant()
    assert remind_about_ends() == 0


def test_old_messages_are_forgotten_and_waiting_ones_are_not(cast: Cast) -> None:
    old, waiting = post(cast.anna, about="1"), post(cast.anna, about="2")
    long_ago = timezone.now() - timedelta(days=91)
    Mail.objects.filter(pk=old.pk).update(state=Mail.State.SENT, done_at=long_ago)
    Mail.objects.filter(pk=waiting.pk).update(created_at=long_ago)
    assert remove_old_mails() == 1
    assert list(Mail.objects.values_list("pk", flat=True)) == [waiting.pk]


def test_the_folder_of_a_trial_takes_mail(cast: Cast, settings: Settings, tmp_path: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    mail = post(with_address(cast.anna))
    assert send_mails() == 1
    assert state(mail) == Mail.State.SENT


def test_no_line_of_the_services_own_log_holds_the_address(
    cast: Cast, mail_port: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    post(with_address(cast.anna))
    send_mails()
    written = capsys.readouterr()
    assert "anna@example.nl" not in written.out + written.err + caplog.text
