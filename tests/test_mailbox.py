"""The local mailbox: mail goes in over real SMTP and comes out on a page, as text."""

from __future__ import annotations

import http.client
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape
from pathlib import Path

import pytest

from scripts.env_file import GENERATED
from scripts.mailbox import store
from scripts.mailbox_page import Mail, mails

PROJECT = Path(__file__).resolve().parent.parent
MARKUP = "<script>alert(1)</script>"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Mailbox:
    """A running mailbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smtp_port, self.port = free_port(), free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.mailbox", str(folder)],
            cwd=PROJECT,
            env={
                **os.environ,
                **dict.fromkeys(GENERATED, "a-secret"),
                "MAILBOX_SMTP_PORT": str(self.smtp_port),
                "MAILBOX_PORT": str(self.port),
            },
            stdout=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        for port in (self.smtp_port, self.port):
            deadline = time.monotonic() + 30
            while not is_open(port):
                assert time.monotonic() < deadline, "the mailbox does not answer"
                time.sleep(0.05)

    def close(self) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=20) in (0, -signal.SIGTERM)

    def send(self, message: EmailMessage | bytes, *recipients: str) -> None:
        content = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as server:
            assert (
                server.sendmail("bot@example.org", recipients or ["team@example.org"], content)
                == {}
            )

    def get(self, path: str) -> tuple[int, http.client.HTTPMessage, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, body

    def newest(self) -> str:
        """The path of the page that shows the newest mail."""
        return re.findall(r'href="(/mail/[^"]+)"', self.get("/")[2])[0]


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    box = Mailbox(tmp_path_factory.mktemp("mail") / "box")
    yield box
    box.close()


def request_mail(subject: str = "Ann asks for a person") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Website assistant <bot@example.org>"
    message["To"] = "team@example.org, second@example.org"
    message["Reply-To"] = "ann@example.org"
    message.set_content(f"Reason: my refund, é {MARKUP}\n")
    message.add_alternative(f"<p>My refund</p>{MARKUP}", subtype="html")
    return message


def test_an_empty_mailbox_says_what_to_do(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "not made yet")
    status, _, body = box.get("/")
    box.close()
    assert status == 200
    assert "No mail yet" in body


def test_it_keeps_a_mail_as_it_came_with_the_envelope_in_front(mailbox: Mailbox) -> None:
    sent = request_mail()
    mailbox.send(sent, "team@example.org", "hidden@example.org")
    file = mails(mailbox.folder)[0]
    assert re.fullmatch(r"\d{8}T\d{6}Z-\d{4}\.eml", file.name)
    kept = message_from_bytes(file.read_bytes())
    assert kept["Return-Path"] == "<bot@example.org>"
    assert kept["Delivered-To"] == "team@example.org, hidden@example.org"
    assert file.read_bytes().endswith(sent.as_bytes(policy=SMTP))


def test_the_list_has_the_newest_first_and_renews_itself(mailbox: Mailbox) -> None:
    for subject in ("the older one", "the newer one"):
        mailbox.send(request_mail(subject))
    _, _, body = mailbox.get("/")
    assert body.index("the newer one") < body.index("the older one")
    assert "Website assistant &lt;bot@example.org&gt;" in body
    assert "team@example.org, second@example.org" in body
    assert '<meta http-equiv="refresh"' in body
    assert "<script" not in body


def test_a_mail_is_shown_with_its_headers_and_text(mailbox: Mailbox) -> None:
    mailbox.send(request_mail("Grüße"))
    status, _, body = mailbox.get(mailbox.newest())
    assert status == 200
    for text in ("Grüße", "ann@example.org", "Delivered-To", "Reason: my refund, é"):
        assert text in body


def test_markup_in_a_mail_arrives_as_text(mailbox: Mailbox) -> None:
    mailbox.send(request_mail(f"From {MARKUP}"))
    for path in ("/", mailbox.newest()):
        body = mailbox.get(path)[2]
        assert "<script" not in body
        assert MARKUP in unescape(body)


def test_the_html_part_is_shown_where_it_can_do_nothing(mailbox: Mailbox) -> None:
    mailbox.send(request_mail())
    page = mailbox.newest()
    assert (
        f'<iframe sandbox title="The mail\'s HTML part" src="{page}/html">' in mailbox.get(page)[2]
    )
    _, headers, body = mailbox.get(f"{page}/html")
    assert body.startswith("<p>My refund</p>")
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none';")


def test_every_page_forbids_scripts_and_what_comes_from_elsewhere(mailbox: Mailbox) -> None:
    mailbox.send(request_mail())
    for path in ("/", mailbox.newest()):
        _, headers, body = mailbox.get(path)
        assert headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "://" not in body


def test_the_source_is_plain_text(mailbox: Mailbox) -> None:
    mailbox.send(request_mail())
    _, headers, body = mailbox.get(f"{mailbox.newest()}/source")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Subject: Ann asks for a person" in body


@pytest.mark.parametrize("name", ["20000101T000000Z-0001.eml", "..%2F..%2Fpyproject.toml", "x"])
def test_a_mail_that_is_not_there_is_not_found(mailbox: Mailbox, name: str) -> None:
    for path in (f"/mail/{name}", f"/mail/{name}/html", f"/mail/{name}/source"):
        assert mailbox.get(path)[0] == 404


@pytest.mark.parametrize(
    "content",
    [
        b"no headers at all\r\n",
        b"Subject: =?utf-8?q?=FF=FE?=\r\nTo: <<>,;\r\n\r\nbody\r\n",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nbody\r\n",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary\r\n",
        b"Content-Type: text/html; charset=utf-8\r\n\r\n\xff\r\n",
    ],
)
def test_a_broken_mail_is_kept_and_shown_too(mailbox: Mailbox, content: bytes) -> None:
    mailbox.send(content)
    page = mailbox.newest()
    assert [mailbox.get(path)[0] for path in ("/", page, f"{page}/html")] == [200, 200, 200]


def test_mails_of_one_second_are_kept_apart(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    names = [store(tmp_path / "box", b"Subject: one\n\n", now).name for _ in range(12)]
    assert names[0] == "20260102T030405Z-0001.eml"
    assert [file.name for file in mails(tmp_path / "box")] == names[::-1]
    assert Mail(tmp_path / "box" / names[0]).received == now


def test_other_files_in_the_folder_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "saved from elsewhere.eml").write_text("Subject: x\n\n")
    assert mails(tmp_path) == []
    assert mails(tmp_path / "missing") == []
