"""EMAIL_URL: where e-mail goes, and never with a password in the open."""

import pytest

from deploy.mail import mail_server


def test_smtp_with_a_password_starts_tls() -> None:
    server = mail_server("smtp://de%40el:ge%2Fheim@mail.example:2525")
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 2525, "de@el", "ge/heim")
    assert server.starts_tls
    assert not server.tls


def test_smtp_without_a_password_is_for_a_server_on_the_same_machine() -> None:
    server = mail_server("smtp://127.0.0.1")
    assert (server.port, server.starts_tls, server.tls) == (587, False, False)


def test_smtps_speaks_tls_from_the_first_byte() -> None:
    server = mail_server("smtps://user:password@mail.example")
    assert (server.port, server.starts_tls, server.tls) == (465, False, True)


@pytest.mark.parametrize(("address", "folder"), [("file:///var/mail", "/var/mail"), ("file:///a%20b", "/a b")])
def test_a_folder_takes_mail_to_try_it_out(address: str, folder: str) -> None:
    server = mail_server(address)
    assert server.folder == folder
    assert server.backend.endswith("filebased.EmailBackend")
