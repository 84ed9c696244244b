"""Configuration: the environment, read here and nowhere else, once, into a frozen object.

`.env` in the project's folder fills in what the environment leaves unset. A bad value stops the
start with a ConfigError that names the variable, the value (unless it is a secret) and what was
expected.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from dotenv import dotenv_values

from support import several_servers
from support.errors import ConfigError

PROJECT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ESCAPES = "In user and password write / ? # @ : as %2F %3F %23 %40 %3A."
_PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*", re.ASCII)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*", re.ASCII)


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over. tls: 'none', 'starttls' (required, not tried), or 'tls'."""

    host: str
    port: int
    tls: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Config:
    """One deployment's configuration; `docs/configuration.md` explains each variable."""

    database_url: str = field(repr=False)
    conversations_url: str = field(repr=False)
    smtp: SmtpServer | None
    mail_from: str
    admin_token: str = field(repr=False)
    internal_token: str = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str
    bind_host: str
    rasa_port: int
    actions_port: int
    actions_url: str
    mailbox_smtp_port: int
    mailbox_port: int
    alert_smtp: SmtpServer | None = None
    outgoing_allow: tuple[str, ...] = ()
    proxies: int = 0
    api_calls_per_minute: int = 3000
    log_format: str = "text"
    redis_url: str | None = field(default=None, repr=False)

    @property
    def admin_url(self) -> str:
        """Where a browser finds Support Operations, for links that people are sent."""
        behind_proxy = self.public_url != f"http://127.0.0.1:{self.rasa_port}"
        return f"{self.public_url if behind_proxy else self.actions_url}/admin"

    @property
    def team_url(self) -> str | None:
        """Where the team reaches Support Operations; None while PUBLIC_URL names this machine."""
        return None if urlsplit(self.public_url).hostname in LOOPBACK else self.public_url


def environment(env_file: Path | None = None) -> dict[str, str]:
    """The process environment over `.env`; empty values count as unset."""
    path = env_file or PROJECT / ".env"
    in_file = dotenv_values(path) if path.is_file() else {}
    return {**_set_in(in_file), **_set_in(os.environ)}


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read and check the whole configuration.

    environ: variables to read instead of the process environment and `.env`.
    Raises ConfigError for the first variable that is missing or wrong.
    """
    env = environment() if environ is None else _set_in(environ)
    rasa_port = _port(env, "RASA_PORT", 5005)
    actions_port = _port(env, "ACTIONS_PORT", 5055)
    several_servers.check_workers("SANIC_WORKERS", env.get("SANIC_WORKERS", "1"))
    return Config(
        database_url=_database_url(env, "DATABASE_URL", "support.db"),
        conversations_url=_database_url(env, "CONVERSATIONS_URL", "conversations.db"),
        smtp=_smtp(env, "SMTP_URL"),
        mail_from=_mail_from(env),
        admin_token=_secret(env, "ADMIN_TOKEN"),
        internal_token=_secret(env, "INTERNAL_TOKEN"),
        secret_key=_secret(env, "SECRET_KEY"),
        public_url=_url(env, "PUBLIC_URL", f"http://127.0.0.1:{rasa_port}"),
        bind_host=env.get("BIND_HOST", "127.0.0.1"),
        rasa_port=rasa_port,
        actions_port=actions_port,
        actions_url=_url(env, "ACTIONS_URL", f"http://127.0.0.1:{actions_port}"),
        mailbox_smtp_port=_port(env, "MAILBOX_SMTP_PORT", 1025),
        mailbox_port=_port(env, "MAILBOX_PORT", 8025),
        alert_smtp=_smtp(env, "ALERT_SMTP_URL"),
        outgoing_allow=_networks(env, "OUTGOING_ALLOW"),
        proxies=_proxies(env),
        api_calls_per_minute=_calls(env),
        log_format=_log_format(env),
        redis_url=several_servers.redis_url("REDIS_URL", env.get("REDIS_URL")),
    )


def database_url(environ: Mapping[str, str] | None = None) -> str:
    """DATABASE_URL alone, for who trains and needs nothing else. Raises ConfigError."""
    env = environment() if environ is None else _set_in(environ)
    return _database_url(env, "DATABASE_URL", "support.db")


def _set_in(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _secret(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise ConfigError(
            f"{name} is not set: put a long random value into .env, or let `make install` "
            "generate it."
        )
    return value


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ConfigError(f"{name} is {text!r}: it must be a port number from 1 to 65535.")
    return int(text)


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(name, default)
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(f"{name} is {text!r}: it must be a URL such as https://example.org.")
    return text.rstrip("/")


def _database_url(env: Mapping[str, str], name: str, default_file: str) -> str:
    text = env.get(name, f"sqlite:///{PROJECT / 'var' / default_file}")
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg2://")):
        raise ConfigError(
            f"{name} starts with {text.split(':')[0]!r}: it must be sqlite:///path/to/file.db or "
            "postgresql://user:password@host/database."
        )
    return text


def _mail_from(env: Mapping[str, str]) -> str:
    text = env.get("MAIL_FROM", "Website assistant <assistant@localhost>")
    addresses = [address for _, address in getaddresses([text])]
    if len(addresses) != 1 or not _PLAIN_ADDRESS.fullmatch(addresses[0]) or not text.isprintable():
        raise ConfigError(
            f"MAIL_FROM is {text!r}: it must be an address such as "
            "'Website assistant <assistant@example.org>'."
        )
    return text


def _smtp(env: Mapping[str, str], name: str) -> SmtpServer | None:
    text = env.get(name)
    if text is None:
        return None
    # The value may hold a password, so no message repeats it.
    expected = "it must look like smtp://user:password@host:587?tls=starttls or smtps://host:465."
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigError(f"{name} cannot be read: {expected} {ESCAPES}") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError(f"{name} names no SMTP server: {expected}")
    if parts.path.strip("/") or parts.fragment:
        raise ConfigError(f"{name} goes on behind the server's name: {expected} {ESCAPES}")
    tls = _smtp_tls(name, parts.scheme, parts.query, expected)
    if parts.password and tls == "none" and parts.hostname not in LOOPBACK:
        raise ConfigError(
            f"{name} would send the password to {parts.hostname!r} unencrypted: "
            "add ?tls=starttls, or use smtps://."
        )
    default_port = {"tls": 465, "starttls": 587, "none": 25}[tls]
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if not f"{user}{password}".isascii():
        raise ConfigError(f"{name} has a user or password that is not plain ASCII; SMTP needs it.")
    return SmtpServer(parts.hostname, port or default_port, tls, user, password)


def _smtp_tls(name: str, scheme: str, query: str, expected: str) -> str:
    options = parse_qs(query, keep_blank_values=True)
    tls = options.pop("tls", ["none"])[-1]
    if options:
        raise ConfigError(f"{name} has an option that is not tls: {expected} {ESCAPES}")
    if scheme == "smtps" and query:
        raise ConfigError(f"{name} has smtps:// and a tls option; one is enough: {expected}")
    if tls not in ("none", "starttls"):
        raise ConfigError(f"{name} has a tls that is neither none nor starttls: {expected}")
    return "tls" if scheme == "smtps" else tls


def _networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Hosts and networks that channels may call although they are not on the public internet."""
    parts = tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
    for part in parts:
        if "/" not in part and _HOST.fullmatch(part):
            continue
        try:
            ipaddress.ip_network(part)
        except ValueError:
            raise ConfigError(
                f"{name} has {part!r}: it must be a list such as crm.internal,10.0.5.0/24."
            ) from None
    return parts


def _proxies(env: Mapping[str, str]) -> int:
    text = env.get("PROXIES", "0")
    if not text.isdecimal() or int(text) > 10:
        raise ConfigError(
            f"PROXIES is {text!r}: it must be the number of reverse proxies in front, 0 to 10."
        )
    return int(text)


def _calls(env: Mapping[str, str]) -> int:
    text = env.get("API_CALLS_PER_MINUTE", "3000")
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise ConfigError(
            f"API_CALLS_PER_MINUTE is {text!r}: it must be a number from 1 to 1000000."
        )
    return int(text)


def _log_format(env: Mapping[str, str]) -> str:
    text = env.get("LOG_FORMAT", "text")
    if text not in ("text", "json"):
        raise ConfigError(f"LOG_FORMAT is {text!r}: it must be text or json.")
    return text
