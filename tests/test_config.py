"""The environment: what it may say, and one sentence for each thing it may not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from support import config
from support.config import SmtpServer, environment, load
from support.errors import ConfigError

SECRETS = {"ADMIN_TOKEN": "for-admins", "INTERNAL_TOKEN": "for-rasa", "SECRET_KEY": "signs"}


def test_needs_nothing_but_the_secrets() -> None:
    loaded = load(SECRETS)
    assert loaded.smtp is None
    assert loaded.bind_host == "127.0.0.1"
    assert loaded.database_url == f"sqlite:///{config.PROJECT}/var/support.db"
    assert loaded.conversations_url == f"sqlite:///{config.PROJECT}/var/conversations.db"
    assert (loaded.rasa_port, loaded.actions_port) == (5005, 5055)
    assert loaded.actions_url == "http://127.0.0.1:5055"


def test_makes_the_default_urls_of_the_ports() -> None:
    loaded = load({**SECRETS, "RASA_PORT": "6005", "ACTIONS_PORT": "6055"})
    assert loaded.public_url == "http://127.0.0.1:6005"
    assert loaded.actions_url == "http://127.0.0.1:6055"


def test_does_not_change_after_loading() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(SECRETS).rasa_port = 1  # type: ignore[misc]


def test_shows_no_secret_when_it_is_printed() -> None:
    loaded = load(
        {
            **SECRETS,
            "SMTP_URL": "smtps://ann:hush@mail.example.org",
            "DATABASE_URL": "postgresql://ann:hush@db/support",
        }
    )
    for secret in (*SECRETS.values(), "hush"):
        assert secret not in repr(loaded)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, ""])
def test_refuses_to_start_without_a_secret(name: str, value: str | None) -> None:
    environ = {**SECRETS, name: value}
    with pytest.raises(ConfigError, match=f"^{name} is not set: .*make install"):
        load({k: v for k, v in environ.items() if v is not None})


@pytest.mark.parametrize(
    "url, server",
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 25, "none")),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "none")),
        ("smtp://mail.example.org?tls=starttls", SmtpServer("mail.example.org", 587, "starttls")),
        ("smtps://mail.example.org/", SmtpServer("mail.example.org", 465, "tls")),
        (
            "smtp://ann%40example.org:p%2Fw%3Ax%23@mail.example.org:2525?tls=starttls",
            SmtpServer("mail.example.org", 2525, "starttls", "ann@example.org", "p/w:x#"),
        ),
        ("smtp://ann:pw@localhost", SmtpServer("localhost", 25, "none", "ann", "pw")),
        ("smtp://[::1]:25", SmtpServer("::1", 25, "none")),
    ],
)
def test_reads_where_mail_is_handed_over(url: str, server: SmtpServer) -> None:
    assert load({**SECRETS, "SMTP_URL": url}).smtp == server


@pytest.mark.parametrize(
    "url, reason",
    [
        ("mail.example.org:25", "names no SMTP server"),
        ("https://mail.example.org", "names no SMTP server"),
        ("smtp://", "names no SMTP server"),
        ("smtp://mail.example.org:port", "cannot be read"),
        ("smtp://[::1", "cannot be read"),
        ("smtp://mail.example.org?tls=maybe", "neither none nor starttls"),
        ("smtp://mail.example.org?ssl=yes", "an option that is not tls"),
        ("smtps://mail.example.org?tls=none", "one is enough"),
        ("smtp://ann:hush@mail.example.org", "unencrypted: add"),
        ("smtp://ann:hu/sh@mail.example.org:587", "cannot be read.* %2F"),
        ("smtp://ann:12/hush@mail.example.org", "goes on behind the server's name.* %2F"),
        ("smtp://ann:12#hush@mail.example.org", "goes on behind the server's name.* %23"),
        ("smtp://ann:12?hush@mail.example.org", "an option that is not tls.* %3F"),
        ("smtps://ann:hüsh@mail.example.org", "not plain ASCII"),
    ],
)
def test_refuses_a_mail_server_it_cannot_use(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"^SMTP_URL .*{reason}") as refused:
        load({**SECRETS, "SMTP_URL": url})
    assert not any(part in str(refused.value) for part in ("hush", "'hu'", "hüsh"))


@pytest.mark.parametrize(
    "sender",
    [
        "assistant@localhost",
        "Website assistant <assistant@example.org>",
        '"Shop, Inc." <a.b+c@mail.example.org>',
        "Bücher <buch@example.org>",
    ],
)
def test_takes_a_sender(sender: str) -> None:
    assert load({**SECRETS, "MAIL_FROM": sender}).mail_from == sender


@pytest.mark.parametrize(
    "sender",
    [
        "assistant",
        "assistant@",
        "@example.org",
        "Shop, Inc. <a@example.org>",
        "a@example.org, b@example.org",
        "buch@bücher.example",
        "Ann <ann@example.org>\r\nBcc: eve@example.org",
    ],
)
def test_refuses_a_sender_that_no_mail_could_carry(sender: str) -> None:
    with pytest.raises(ConfigError, match=r"^MAIL_FROM is .* must be an address such as"):
        load({**SECRETS, "MAIL_FROM": sender})


@pytest.mark.parametrize("name", ["RASA_PORT", "ACTIONS_PORT", "MAILBOX_SMTP_PORT", "MAILBOX_PORT"])
@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "5005.0", "²"])
def test_refuses_what_is_no_port(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} is '{value}': .* from 1 to 65535"):
        load({**SECRETS, name: value})


@pytest.mark.parametrize("name", ["PUBLIC_URL", "ACTIONS_URL"])
@pytest.mark.parametrize(
    "value", ["example.org", "ftp://example.org", "http://", "http://[::1", "http://host:port"]
)
def test_refuses_what_is_no_url(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} is .* must be a URL such as"):
        load({**SECRETS, name: value})


def test_takes_a_url_without_its_last_slash() -> None:
    loaded = load({**SECRETS, "PUBLIC_URL": "https://example.org/help/"})
    assert loaded.public_url == "https://example.org/help"


@pytest.mark.parametrize("name", ["DATABASE_URL", "CONVERSATIONS_URL"])
@pytest.mark.parametrize("value", ["mysql://ann:hush@db/x", "support.db", "sqlite://", "hush"])
def test_refuses_a_database_it_does_not_know(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} starts with .* must be sqlite:///") as refused:
        load({**SECRETS, name: value})
    assert ":hush@" not in str(refused.value)


# The file


def test_reads_the_file_for_what_the_environment_leaves_unset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("ADMIN_TOKEN=from-the-file\nRASA_PORT=7005\nSECRET_KEY=from-the-file\nEMPTY=\n")
    monkeypatch.setenv("RASA_PORT", "8005")
    monkeypatch.setenv("SECRET_KEY", "")
    monkeypatch.delenv("ADMIN_TOKEN", raising=False)
    found = environment(file)
    assert found["ADMIN_TOKEN"] == "from-the-file"
    assert found["RASA_PORT"] == "8005"
    assert found["SECRET_KEY"] == "from-the-file"
    assert "EMPTY" not in found


def test_does_without_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_TOKEN", "for-admins")
    assert environment(tmp_path / "missing")["ADMIN_TOKEN"] == "for-admins"


def test_reads_the_process_environment_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {**SECRETS, "RASA_PORT": "6006"}.items():
        monkeypatch.setenv(name, value)
    assert load().rasa_port == 6006


@pytest.mark.parametrize("value", ["text", "json"])
def test_reads_how_logs_are_written(value: str) -> None:
    assert load({**SECRETS, "LOG_FORMAT": value}).log_format == value
    assert load({**SECRETS, "LOG_FORMAT": ""}).log_format == "text"


@pytest.mark.parametrize("value", ["JSON", "logfmt", "yes"])
def test_refuses_another_way_to_write_logs(value: str) -> None:
    with pytest.raises(ConfigError, match=f"^LOG_FORMAT is '{value}': it must be text or json"):
        load({**SECRETS, "LOG_FORMAT": value})


def test_reads_redis_url() -> None:
    url = "rediss://:pass%2Fword@redis.internal:6380/2"
    assert load({**SECRETS, "REDIS_URL": url}).redis_url == url
    assert load(SECRETS).redis_url is None


@pytest.mark.parametrize(
    "url",
    ["http://host", "redis://", "redis://:secret@host:port", "redis://:secret@host/a", "host:6379"],
)
def test_refuses_a_redis_url_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"REDIS_URL cannot be read") as refused:
        load({**SECRETS, "REDIS_URL": url})
    assert "secret" not in str(refused.value)


def test_refuses_workers_of_one_port() -> None:
    with pytest.raises(ConfigError, match="SANIC_WORKERS is '2'"):
        load({**SECRETS, "SANIC_WORKERS": "2"})
