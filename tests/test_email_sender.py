"""Whom a mail is from, and a mail that is a test."""

from __future__ import annotations

from tests.test_email import parts, render


def test_is_from_the_name_in_the_settings_and_the_address_of_the_server() -> None:
    sender = render(sender_name='Shop "Support", <eve@example.org>\r\nBcc: x')["From"]
    (address,) = sender.addresses
    assert address.addr_spec == "assistant@example.com"
    assert address.display_name == 'Shop "Support", <eve@example.org> Bcc: x'


def test_is_from_the_servers_name_without_one_in_the_settings() -> None:
    assert render(sender_name="")["From"] == "Website assistant <assistant@example.com>"


def test_says_that_it_is_a_test_in_subject_text_and_html() -> None:
    mail = render(test=True)
    assert mail["Subject"] == "[Test] [R-7KQ9M] Ann Lee asks for a person"
    for body in parts(mail).values():
        assert "This is a test from Support Operations" in body
    assert "This is a test" not in "".join(parts(render()).values())
