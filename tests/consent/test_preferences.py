"""/my/preferences/: an address that has to be confirmed, and a language."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Record
from consent.errors import ConfirmationRefused, InvalidPreference
from consent.mail.sending import send_mails
from consent.models import Account, Mail, MailAddress
from consent.services.preferences import confirm_address, remove_address, set_address, set_language
from tests.cast import Cast
from tests.consent.mail_server import Mailbox, mail_port, mailbox
from tests.pages import signed_in, text_of

__all__ = ["mail_port", "mailbox"]

ADDRESS = "anna@example.nl"


def anna_browser(cast: Cast) -> Client:
    return signed_in(cast.anna.account, headers={"accept-language": "en"})


def link_in(mailbox: Mailbox) -> str:
    found = re.search(
        r"https://deelwijs\.example(/my/preferences/confirm/[0-9a-f]{64}/)", mailbox.messages[-1].get_content()
    )
    assert found
    return found[1]


def test_an_address_is_confirmed_by_pressing_the_button_behind_the_link(cast: Cast, mailbox: Mailbox) -> None:
    anna = anna_browser(cast)
    assert anna.post("/my/preferences/", {"change": "address", "address": ADDRESS}).status_code == 302
    assert send_mails() == 1
    link = link_in(mailbox)
    assert "Confirm this address" in text_of(anna.get(link))
    assert MailAddress.objects.get().confirmed_at is None, "programs that open links confirm nothing"
    for _ in range(2):
        assert anna.post(link).status_code == 302
    assert MailAddress.objects.get().confirmed_at
    assert "Your address is confirmed." in text_of(anna.get("/my/preferences/"))


def test_the_link_is_of_no_use_to_another(cast: Cast, mailbox: Mailbox) -> None:
    set_address(citizen=cast.anna, address=ADDRESS)
    send_mails()
    link = link_in(mailbox)
    assert Client().get(link).status_code == 302
    bram = signed_in(cast.bram.account, headers={"accept-language": "en"})
    bram.post(link)
    assert "does not confirm your address" in text_of(bram.get("/my/preferences/"))
    assert MailAddress.objects.get().confirmed_at is None


def test_the_address_and_the_secret_stand_nowhere_in_the_open(cast: Cast, mailbox: Mailbox) -> None:
    set_address(citizen=cast.anna, address=ADDRESS)
    send_mails()
    secret = link_in(mailbox).split("/")[-2]
    row = MailAddress.objects.get()
    assert ADDRESS.encode() not in bytes(row.sealed)
    assert row.confirmation_hash != secret
    assert secret not in Mail.objects.get().about
    assert not any(ADDRESS in str(record.entry) for record in Record.objects.all())


def test_a_link_of_yesterday_or_of_an_earlier_address_confirms_nothing(cast: Cast, mailbox: Mailbox) -> None:
    set_address(citizen=cast.anna, address="other@example.nl")
    send_mails()
    earlier = link_in(mailbox).split("/")[-2]
    set_address(citizen=cast.anna, address=ADDRESS)
    send_mails()
    with pytest.raises(ConfirmationRefused):
        confirm_address(citizen=cast.anna, secret=earlier)
    MailAddress.objects.update(confirmation_ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ConfirmationRefused):
        confirm_address(citizen=cast.anna, secret=link_in(mailbox).split("/")[-2])


def test_a_link_for_an_address_that_was_replaced_is_not_sent(cast: Cast, mailbox: Mailbox) -> None:
    set_address(citizen=cast.anna, address="other@example.nl")
    set_address(citizen=cast.anna, address=ADDRESS)
    assert send_mails() == 1
    assert mailbox.messages[0]["X-To"] == ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@example.nl\nBcc: eva@example.nl",
        "anna@example.nl\r\nSubject: other",
        "anna@example.nl, eva@example.nl",
        "Anna <anna@example.nl>",
        "anna@exämple.nl",
        f"{'a' * 300}@example.nl",
    ],
)
def test_what_is_no_address_is_refused(cast: Cast, address: str) -> None:
    with pytest.raises(InvalidPreference):
        set_address(citizen=cast.anna, address=address)
    assert not MailAddress.objects.exists()
    answer = anna_browser(cast).post("/my/preferences/", {"change": "address", "address": address})
    assert answer.status_code == 400


def test_nobody_is_flooded_with_confirmations(cast: Cast) -> None:
    for number in range(5):
        set_address(citizen=cast.anna, address=f"anna{number}@example.nl")
    with pytest.raises(InvalidPreference):
        set_address(citizen=cast.anna, address=ADDRESS)
    assert Mail.objects.count() == 5


def test_the_confirmed_address_filled_in_again_stays_confirmed(cast: Cast, mailbox: Mailbox) -> None:
    set_address(citizen=cast.anna, address=ADDRESS)
    send_mails()
    confirm_address(citizen=cast.anna, secret=link_in(mailbox).split("/")[-2])
    set_address(citizen=cast.anna, address=ADDRESS)
    assert MailAddress.objects.get().confirmed_at


def test_an_address_is_removed(cast: Cast) -> None:
    set_address(citizen=cast.anna, address=ADDRESS)
    anna_browser(cast).post("/my/preferences/", {"change": "no-address"})
    remove_address(citizen=cast.anna)
    assert not MailAddress.objects.exists()


def test_the_language_is_that_of_mail_and_pages(cast: Cast) -> None:
    anna = anna_browser(cast)
    answer = anna.post("/my/preferences/", {"change": "language", "language": "en"})
    assert answer.cookies["language"].value == "en"
    assert Account.objects.get(pk=cast.anna.account_id).language == "en"
    with pytest.raises(InvalidPreference):
        set_language(citizen=cast.anna, language="xx")
    anna.post("/my/preferences/", {"change": "language", "language": "xx"})
    assert Account.objects.get(pk=cast.anna.account_id).language == "en"


def test_each_change_is_logged_once(cast: Cast) -> None:
    for _ in range(2):
        set_language(citizen=cast.anna, language="en")
    changes = Record.objects.about(cast.anna.log_subject).filter(action="consent.preferences-changed")
    assert changes.count() == 1


def test_the_page_is_for_citizens(cast: Cast) -> None:
    assert Client().get("/my/preferences/").status_code == 302
    assert signed_in(cast.daan.account).get("/my/preferences/").status_code == 403
    assert anna_browser(cast).put("/my/preferences/").status_code == 405
