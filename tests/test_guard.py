"""Which addresses may be called."""

from __future__ import annotations

import pytest

from support.guard import Guard

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_lets_nothing_to_addresses_that_are_not_public(address: str) -> None:
    assert not Guard().allows(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_lets_calls_to_public_addresses(address: str) -> None:
    assert Guard().allows(address)


@pytest.mark.parametrize("address", ["", "localhost", "2130706433", "127.1", "0x7f000001", "1.1.1"])
def test_takes_nothing_but_addresses_for_addresses(address: str) -> None:
    assert not Guard(["localhost", "0.0.0.0/0"]).allows(address)


@pytest.mark.parametrize(
    "allow, address, allowed",
    [
        ("10.0.5.0/24", "10.0.5.7", True),
        ("10.0.5.0/24", "::ffff:10.0.5.7", True),
        ("10.0.5.0/24", "64:ff9b::a00:507", True),
        ("10.0.5.0/24", "10.0.6.7", False),
        ("10.0.5.7", "10.0.5.7", True),
        ("10.0.5.7", "10.0.5.8", False),
        ("fd00::/8", "fd00::1", True),
        ("fd00::/8", "fe80::1", False),
        ("crm.internal", "10.0.5.7", False),
    ],
)
def test_lets_calls_to_what_the_deployment_allows(allow: str, address: str, allowed: bool) -> None:
    assert Guard([allow]).allows(address) is allowed


@pytest.mark.parametrize("host", ["crm.internal", "CRM.Internal", "crm.internal."])
def test_knows_an_allowed_host_however_it_is_written(host: str) -> None:
    assert Guard(["CRM.internal", "10.0.0.0/8"]).names(host)


@pytest.mark.parametrize("host", ["internal", "a.crm.internal", "crm.internal.example.org", ""])
def test_takes_no_other_host_for_an_allowed_one(host: str) -> None:
    assert not Guard(["crm.internal"]).names(host)
