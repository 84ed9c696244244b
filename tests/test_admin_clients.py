"""Whence somebody signs in: behind proxies, and hashed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sanic.compat import Header

from admin.clients import client_of
from support.config import Config, load

SECRETS = {"ADMIN_TOKEN": "token", "INTERNAL_TOKEN": "internal", "SECRET_KEY": "secret"}


def configuration(**environ: str) -> Config:
    return load({**SECRETS, **environ})


def client(ip: str, *forwarded: str, **environ: str) -> str:
    headers = Header([("x-forwarded-for", value) for value in forwarded])
    request: Any = SimpleNamespace(ip=ip, headers=headers)
    return client_of(request, configuration(**environ))


def test_is_a_hash_that_only_this_deployment_makes() -> None:
    assert len(client("203.0.113.9")) == 32
    assert client("203.0.113.9") == client("203.0.113.9")
    assert client("203.0.113.9") != client("203.0.113.10")
    assert client("203.0.113.9") != client("203.0.113.9", SECRET_KEY="another")


def test_believes_no_header_without_a_proxy() -> None:
    assert client("203.0.113.9", "198.51.100.1") == client("203.0.113.9")


@pytest.mark.parametrize(
    "forwarded",
    [
        ("198.51.100.1",),
        ("1.2.3.4, 198.51.100.1",),
        ("1.2.3.4", "198.51.100.1"),
        (" 198.51.100.1 ",),
    ],
)
def test_believes_what_the_proxy_appended(forwarded: tuple[str, ...]) -> None:
    assert client("10.0.0.1", *forwarded, PROXIES="1") == client("198.51.100.1")


def test_counts_proxies_from_the_right() -> None:
    chain = "1.2.3.4, 198.51.100.1, 10.0.0.2"
    assert client("10.0.0.1", chain, PROXIES="2") == client("198.51.100.1")
    assert client("10.0.0.1", "198.51.100.1", PROXIES="2") == client("198.51.100.1")
    assert client("10.0.0.1", PROXIES="1") == client("10.0.0.1")


def test_takes_a_subscriber_s_ipv6_network_for_one() -> None:
    assert client("2001:db8:1:2::1") == client("2001:db8:1:2:ffff::9")
    assert client("2001:db8:1:2::1") != client("2001:db8:1:3::1")
    assert client("::ffff:203.0.113.9") == client("203.0.113.9")


@pytest.mark.parametrize("nonsense", ["", "unknown", "\ud800", "x" * 1000])
def test_survives_what_is_no_address(nonsense: str) -> None:
    assert len(client("10.0.0.1", nonsense, PROXIES="1")) == 32
