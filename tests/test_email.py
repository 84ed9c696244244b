"""E-mail through real SMTP servers: what arrives, and what each failure is called."""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword

from support.config import SmtpServer
from support.errors import DeliveryError
from support.flow.document import Mail
from support.notifications import bounded_smtp, email
from support.notifications.email import SUBJECT_NAME_LENGTH, Email
from support.notifications.message import Line, Message
from support.notifications.unset import Unset
from tests.mail_server import MailServer, free_port

NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)
ANN = Message(
    delivery_id="0123456789abcdef",
    channel="email",
    target="team@example.org",
    reference="R-7KQ9M",
    created_at=NOON,
    name="Ann Lee",
    email="ann@example.org",
    phone="+12025550123",
    reason="my order never came",
    visitor_channel="rest",
    page_url="https://shop.example.org/cart",
    transcript=(
        Line(NOON, "visitor", "I want an agent"),
        Line(NOON, "assistant", "What's your name?"),
    ),
)
SENDER = "Website assistant <assistant@example.com>"
PASSWORD = "correct horse"


def parts(mail: EmailMessage) -> dict[str, str]:
    """The text and the HTML of a mail."""
    bodies = {kind: mail.get_body([kind]) for kind in ("plain", "html")}
    return {kind: body.get_content() for kind, body in bodies.items() if body is not None}


def render(**changes: Any) -> EmailMessage:
    """Ann's mail, unless `changes` say otherwise."""
    return Email(SmtpServer("127.0.0.1", 25, "none"), SENDER).render(replace(ANN, **changes))


# The mail itself


def test_says_who_asks_and_how_to_answer() -> None:
    mail = render()
    assert mail["Subject"] == "[R-7KQ9M] Ann Lee asks for a person"
    assert mail["From"] == SENDER
    assert mail["To"] == "team@example.org"
    assert mail["Reply-To"] == "Ann Lee <ann@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Support-Reference"] == "R-7KQ9M"
    assert mail["Date"].datetime == NOON


def test_holds_everything_in_text_and_in_html() -> None:
    told = [ANN.reference, ANN.name, ANN.email, ANN.phone, ANN.reason, ANN.page_url, "REST"]
    for kind, body in parts(render()).items():
        for needed in (*told, "2026-03-01 12:00 UTC", "Visitor:", "Assistant:", "I want an agent"):
            assert needed in body, f"{needed} is not in the {kind} part"


def test_carries_the_same_message_id_at_every_try_of_one_delivery() -> None:
    assert render()["Message-ID"] == render(reason="other")["Message-ID"]
    assert render()["Message-ID"] == "<0123456789abcdef@example.com>"
    assert render(delivery_id="fedcba")["Message-ID"] != render()["Message-ID"]


def test_shows_markup_as_text() -> None:
    evil = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    mail = render(name=evil, reason=evil, page_url=evil, transcript=(Line(NOON, "visitor", evil),))
    html = parts(mail)["html"]
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}") >= 4
    assert evil in parts(mail)["plain"]


@pytest.mark.parametrize("name", ["Ann\r\nBcc: eve@example.org", "Ann\nBcc: eve@example.org\n\nHi"])
def test_lets_no_name_add_headers_or_lines(name: str) -> None:
    mail = render(name=name)
    assert mail["Bcc"] is None
    assert b"\nBcc:" not in mail.as_bytes().partition(b"\r\n\r\n")[0]
    assert "\nName        Ann Bcc: eve@example.org" in parts(mail)["plain"]


def test_lets_no_line_of_the_conversation_look_like_another() -> None:
    forged = "hello\r\n12:00:01  Assistant: pay here\nName        Eve"
    plain = parts(render(transcript=(Line(NOON, "visitor", forged),)))["plain"]
    assert "\n12:00:01" not in plain
    assert "\nName        Eve" not in plain
    assert "          12:00:01  Assistant: pay here" in plain


def test_quotes_a_name_that_looks_like_an_address() -> None:
    mail = render(name='Eve <eve@example.org>, "Bob"')
    assert [a.addr_spec for a in mail["Reply-To"].addresses] == ["ann@example.org"]


def test_shortens_a_long_name_in_the_subject_only() -> None:
    mail = render(name="a" * 80)
    assert mail["Subject"] == f"[R-7KQ9M] {'a' * SUBJECT_NAME_LENGTH} asks for a person"
    assert "a" * 80 in parts(mail)["plain"]


@pytest.mark.parametrize(
    "address, reply_to",
    [
        ("ann@bücher.de", "Ann Lee <ann@xn--bcher-kva.de>"),
        ("пример@example.org", None),
        ("ann@localhost", "Ann Lee <ann@localhost>"),
        (None, None),
    ],
)
def test_names_only_an_address_that_every_server_takes_to_reply_to(
    address: str | None, reply_to: str | None
) -> None:
    mail = render(email=address)
    assert mail["Reply-To"] == reply_to
    assert (address or "not given") in parts(mail)["plain"]


def test_says_what_was_not_given() -> None:
    plain = parts(render(email=None, phone=None, page_url=None, transcript=()))["plain"]
    assert plain.count("not given") == 2
    assert "Reply to this mail" not in plain
    assert "Where       REST\n" in plain
    assert "(empty)" in plain


@pytest.mark.parametrize("text", ["half an emoji \ud83d", "مرحبا 🙂 李", "a\x00b", "x" * 10_000])
def test_carries_any_text_in_lines_that_any_server_takes(text: str) -> None:
    mail = render(name=text[:80], reason=text, transcript=(Line(NOON, "visitor", text),))
    lines = mail.as_bytes().split(b"\r\n")
    assert max(len(line) for line in lines) < 998
    assert all(byte < 128 for line in lines for byte in line)


# Handing over


@pytest.fixture
def start() -> Iterator[Callable[..., MailServer]]:
    """Starts mail servers, with aiosmtpd's options; ends them afterwards."""
    servers: list[MailServer] = []

    def start(kind: type[MailServer] = MailServer, **options: Any) -> MailServer:
        servers.append(kind(**options))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def mail(start: Callable[..., MailServer]) -> MailServer:
    """A server without encryption or sign-in."""
    return start()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def encrypted(authority: trustme.CA, host: str = "127.0.0.1") -> ssl.SSLContext:
    """A server's side of TLS, for a certificate in the name of `host`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context


def sign_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """Bob may send."""
    given = isinstance(data, LoginPassword) and (data.login, data.password)
    return AuthResult(success=given == (b"bob", PASSWORD.encode()), handled=False)


def send(port: int, tls: str = "none", password: str | None = None, **changes: Any) -> str:
    """Hand Ann's mail over."""
    server = SmtpServer("127.0.0.1", port, tls, "bob" if password else None, password)
    return Email(server, SENDER).send(replace(ANN, **changes))


def test_hands_over_and_says_who_took_it(mail: MailServer) -> None:
    assert send(mail.port).startswith(f"Accepted by 127.0.0.1:{mail.port} at ")
    (received,) = mail.received
    assert received["Message-ID"] == "<0123456789abcdef@example.com>"
    assert parts(received)["plain"].replace("\r\n", "\n") == parts(render())["plain"]


def test_keeps_what_the_server_said_to_the_mail(start: Callable[..., MailServer]) -> None:
    class Queue(MailServer):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            return "250 2.0.0 Ok: queued as 4F1A2"

    assert send(start(Queue).port).endswith(": 250 2.0.0 Ok: queued as 4F1A2")


def test_hands_over_to_a_domain_of_another_script(mail: MailServer) -> None:
    send(mail.port, target="team@bücher.de")
    assert mail.received[0]["To"] == "team@xn--bcher-kva.de"


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_hands_over_encrypted_and_signed_in(
    start: Callable[..., MailServer], authority: trustme.CA, tls: str
) -> None:
    layer = {"tls": "ssl_context", "starttls": "tls_context"}[tls]
    # aiosmtpd does not count implicit TLS as encrypted.
    options = {"authenticator": sign_in, "auth_require_tls": tls != "tls"}
    mail = start(**{layer: encrypted(authority)}, **options)
    assert "Accepted" in send(mail.port, tls, PASSWORD)
    assert len(mail.received) == 1


class Rude(MailServer):
    """Takes the mail, and behaves badly when it should say goodbye."""

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        """Called at the end."""
        return "554 Go away"


class Gone(MailServer):
    """Takes the mail, and hangs up."""

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        """Called at the end."""
        server.transport.abort()
        return "221 Bye"


@pytest.mark.parametrize("kind", [Rude, Gone])
def test_believes_an_acceptance_whatever_comes_after_it(
    start: Callable[..., MailServer], kind: type[MailServer]
) -> None:
    assert "Accepted" in send(start(kind).port)


# Failures


@pytest.mark.parametrize(
    "behaviour, permanent, reason",
    [
        ("refuse", True, "The mail server refused the mail: 554 5.7.1 Refused"),
        ("defer", False, "The mail server refused the mail: 451 4.7.1 Greylisted"),
    ],
)
def test_says_whether_a_refusal_is_for_good(
    mail: MailServer, behaviour: str, permanent: bool, reason: str
) -> None:
    mail.behaviour = behaviour
    with pytest.raises(DeliveryError, match=reason) as failed:
        send(mail.port)
    assert failed.value.permanent is permanent


def test_repeats_nothing_of_a_mail_that_is_quoted_when_it_is_refused(mail: MailServer) -> None:
    mail.refusals["DATA"] = f"554 5.7.1 Spam from {ANN.name}, {ANN.email}: {ANN.reason}"
    with pytest.raises(DeliveryError) as failed:
        send(mail.port)
    assert str(failed.value).endswith("554 5.7.1 Spam from …, …: …")
    assert failed.value.permanent


def test_gives_up_on_an_address_that_does_not_exist(mail: MailServer) -> None:
    mail.refused.add("team@example.org")
    with pytest.raises(
        DeliveryError, match=r"refused the address team@example\.org: 550"
    ) as failed:
        send(mail.port)
    assert failed.value.permanent


def test_names_an_address_of_another_script_that_was_refused(mail: MailServer) -> None:
    mail.refused.add("team@xn--bcher-kva.de")
    with pytest.raises(DeliveryError, match=r"refused the address team@bücher\.de: 550"):
        send(mail.port, target="team@bücher.de")


def test_tries_again_after_a_refused_sign_in_and_tells_no_password(
    start: Callable[..., MailServer],
) -> None:
    mail = start(authenticator=sign_in, auth_require_tls=False)
    with pytest.raises(DeliveryError, match="refused the sign-in: 535") as failed:
        send(mail.port, password="hush")
    assert not failed.value.permanent
    assert "hush" not in str(failed.value)
    assert mail.received == []


def test_tries_again_when_the_server_knows_no_sign_in(mail: MailServer) -> None:
    with pytest.raises(DeliveryError, match="AUTH extension not supported") as failed:
        send(mail.port, password="hush")
    assert not failed.value.permanent
    assert "hush" not in str(failed.value)


@pytest.mark.parametrize("tls", ["tls", "starttls"])
@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_sends_nothing_to_a_server_with_a_wrong_certificate(
    start: Callable[..., MailServer], authority: trustme.CA, tls: str, wrong: str
) -> None:
    issuer, host = (
        (authority, "other.example.org") if wrong == "name" else (trustme.CA(), "127.0.0.1")
    )
    mail = start(
        **{{"tls": "ssl_context", "starttls": "tls_context"}[tls]: encrypted(issuer, host)}
    )
    with pytest.raises(
        DeliveryError, match=r"No secure connection to 127\.0\.0\.1:.*certificate"
    ) as failed:
        send(mail.port, tls, PASSWORD)
    assert not failed.value.permanent
    assert PASSWORD not in str(failed.value)
    assert mail.received == []


def test_sends_nothing_unencrypted_when_encryption_is_wanted(mail: MailServer) -> None:
    with pytest.raises(DeliveryError, match="STARTTLS extension not supported") as failed:
        send(mail.port, "starttls", PASSWORD)
    assert not failed.value.permanent
    assert mail.received == []


@pytest.mark.parametrize("tls", ["none", "tls", "starttls"])
def test_tries_again_when_nobody_listens(tls: str) -> None:
    with pytest.raises(DeliveryError, match=r"No answer from 127\.0\.0\.1:.*refused") as failed:
        send(free_port(), tls)
    assert not failed.value.permanent


@pytest.mark.parametrize(
    "first_words, reason",
    [
        (b"", "No answer from 127.0.0.1:"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "No answer|refused"),
        (b"421 Too busy\r\n", "refused the mail: 421 Too busy"),
    ],
)
def test_tries_again_when_the_server_hangs_up_at_once(first_words: bytes, reason: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(first_words)

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(DeliveryError, match=reason) as failed:
            send(server.getsockname()[1])
        thread.join()
    assert not failed.value.permanent


@pytest.mark.parametrize("tls", ["none", "tls", "starttls"])
def test_does_not_wait_for_ever_for_a_silent_server(
    monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setattr(email, "SECONDS_PER_STEP", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(DeliveryError, match=r"No answer from|No secure connection") as failed,
    ):
        send(server.getsockname()[1], tls)
    assert "timed out" in str(failed.value) or "nothing heard" in str(failed.value)
    assert not failed.value.permanent


@pytest.mark.parametrize("tls", ["none", "tls", "starttls"])
def test_listens_to_no_lively_server_for_ever(monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    monkeypatch.setattr(bounded_smtp, "SECONDS_IN_ALL", 0.5)
    hung_up = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            # The beginning of a greeting without an end, or of a TLS record.
            connection.sendall(b"\x16\x03\x03\x40\x00" if tls == "tls" else b"220-")
            while True:
                time.sleep(0.05)
                connection.sendall(b"\x02")
        hung_up.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, daemon=True).start()
        with pytest.raises(DeliveryError) as failed:
            send(server.getsockname()[1], tls)
        assert hung_up.wait(20)
    assert not failed.value.permanent


def test_begins_no_talk_when_finding_the_server_took_too_long(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_smtp, "SECONDS_IN_ALL", 0.05)
    connect = socket.create_connection

    def at_last(*arguments: Any, **options: Any) -> socket.socket:
        time.sleep(0.3)
        return connect(*arguments, **options)

    monkeypatch.setattr(socket, "create_connection", at_last)
    with pytest.raises(DeliveryError, match="No answer from"):
        send(mail.port)
    assert mail.received == []


def test_does_not_wait_for_ever_for_an_answer_to_the_mail(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "SECONDS_PER_STEP", 0.2)
    mail.behaviour = "hang"
    with pytest.raises(DeliveryError, match="No answer from") as failed:
        send(mail.port)
    assert not failed.value.permanent


def test_leaves_no_connection_open_after_a_failure(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[smtplib.SMTP] = []
    close = smtplib.SMTP.close
    monkeypatch.setattr(smtplib.SMTP, "close", lambda smtp: (closed.append(smtp), close(smtp)))
    mail.behaviour = "refuse"
    with pytest.raises(DeliveryError):
        send(mail.port)
    assert closed
    assert all(smtp.sock is None for smtp in closed)


def test_names_the_variable_that_is_missing_when_no_mail_can_be_sent() -> None:
    with pytest.raises(
        DeliveryError, match="SMTP_URL is not set, so no email can be sent"
    ) as failed:
        Unset("SMTP_URL").send(ANN)
    assert not failed.value.permanent


# Answers that could not be checked


def test_marks_what_could_not_be_checked_and_names_no_address_to_reply_to() -> None:
    mail = render(email="ann@example,org", unverified=("name", "email"))
    assert mail["Reply-To"] is None
    told = parts(mail)
    assert "E-mail      ann@example,org (not verified)\nPhone       +12025550123\n" in told["plain"]
    assert "Name        Ann Lee (not verified)" in told["plain"]
    assert told["html"].count("(not verified)") == 2
    for text in told.values():
        assert "Reply to this mail" not in text


def test_marks_nothing_that_was_checked() -> None:
    assert "not verified" not in "".join(parts(render()).values())


ENCODED = "=?utf-8?q?=0AFrom:_ceo=40corp.example=0ABcc:_eve=40example.org=0A=0APay_now?="


@pytest.mark.parametrize(
    "name", [ENCODED, "José =?utf-8?q?=FF?=", "=?utf-8?b?gICA?= Ann", "=?x?q?=0D=0A?="]
)
@pytest.mark.parametrize("own", [None, Mail("{{ name }} asks, {{ reason }}", "{{ reason }}")])
def test_decodes_no_header_that_a_visitor_encoded(name: str, own: Mail | None) -> None:
    mail = render(name=name, reason=name, sender_name=name, mail=own)
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert sorted(read.keys()) == sorted(mail.keys())
    assert (read["From"].addresses[0].addr_spec, read["Bcc"]) == ("assistant@example.com", None)
    assert read["Reply-To"].addresses[0].addr_spec == ANN.email
    assert "Pay now" not in str(read["Subject"])


@pytest.mark.parametrize("typed", ["ann at example", "ann@", "@example.org", "a b@c d", '"', "<"])
def test_has_no_address_to_answer_to_when_mails_cannot_carry_it(typed: str) -> None:
    mail = render(email=typed)
    assert mail["Reply-To"] is None
    assert typed in parts(mail)["plain"]
    assert mail.as_bytes()
