"""Whence a visitor comes: which address counts, and that nobody can choose it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support import clients
from support.config import Config


def seen(config: Config, connection: str, forwarded: str = "", proxies: int = 0) -> str | None:
    """The client behind so many proxies."""
    return clients.of(replace(config, proxies=proxies), connection, forwarded)


@pytest.mark.parametrize(
    ("connection", "forwarded", "proxies", "counts"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        # Without proxies the header is a visitor's own words.
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "junk,, 198.51.100.1,203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.7", 2, "203.0.113.9"),
        # Somebody got past the outer proxy: the inner one saw them all the same.
        ("10.0.0.1", "203.0.113.9", 2, "203.0.113.9"),
        ("203.0.113.9", "", 1, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:4711", 1, "203.0.113.9"),
        ("10.0.0.1", "::ffff:203.0.113.9", 1, "203.0.113.9"),
        ("2001:db8:1:2:3::4", "", 0, "2001:db8:1:2::"),
        ("10.0.0.1", "[2001:db8:1:2::9]:4711", 1, "2001:db8:1:2::"),
    ],
)
def test_counts_the_address_that_our_own_proxies_saw(
    configuration: Config, connection: str, forwarded: str, proxies: int, counts: str
) -> None:
    assert seen(configuration, connection, forwarded, proxies) == seen(configuration, counts)
    assert seen(configuration, counts) is not None


@pytest.mark.parametrize(
    ("connection", "forwarded", "proxies"),
    [
        ("127.0.0.1", "", 0),
        ("::1", "", 0),
        ("::ffff:127.0.0.1", "", 0),
        ("127.0.0.1", "203.0.113.9", 0),
        ("", "", 0),
        ("10.0.0.1", "unknown", 1),
        ("10.0.0.1", "203.0.113.9, <script>", 1),
        ("10.0.0.1", "203.0.113.9, 127.0.0.1", 1),
    ],
)
def test_knows_no_client_when_there_is_no_address_of_a_visitor(
    configuration: Config, connection: str, forwarded: str, proxies: int
) -> None:
    assert seen(configuration, connection, forwarded, proxies) is None


@pytest.mark.parametrize(
    ("forwarded", "proxies", "times"), [("203.0.113.9", 0, 1), ("", 0, 0), ("203.0.113.9", 1, 0)]
)
def test_says_once_that_a_proxy_is_not_counted(
    configuration: Config,
    caplog: pytest.LogCaptureFixture,
    forwarded: str,
    proxies: int,
    times: int,
) -> None:
    clients._say_that_proxies_are_not_counted.cache_clear()
    for _ in range(3):
        seen(configuration, "127.0.0.1", forwarded, proxies)
    assert len(caplog.records) == times
    assert all("PROXIES" in text and "203" not in text for text in caplog.messages)


def test_tells_networks_apart() -> None:
    networks = ["203.0.113.9", "203.0.113.10", "2001:db8:1:2::1", "2001:db8:1:3::1"]
    config = Config(**{**_ANY, "secret_key": "one"})
    assert len({clients.of(config, address) for address in networks}) == len(networks)


def test_hashes_so_that_only_the_key_leads_back() -> None:
    one, other = (Config(**{**_ANY, "secret_key": key}) for key in ("one", "other"))
    hashed = clients.of(one, "203.0.113.9")
    assert hashed is not None
    assert len(hashed) == 32
    assert "203" not in hashed or "113" not in hashed
    assert hashed != clients.of(other, "203.0.113.9")


_ANY = {
    "database_url": "",
    "conversations_url": "",
    "smtp": None,
    "mail_from": "",
    "admin_token": "",
    "internal_token": "",
    "public_url": "",
    "bind_host": "",
    "rasa_port": 1,
    "actions_port": 2,
    "actions_url": "",
    "mailbox_smtp_port": 3,
    "mailbox_port": 4,
}
