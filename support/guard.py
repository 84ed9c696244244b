"""Which addresses may be called: public ones, and those that this deployment allows.

Only the standard library: `notifications/apprise_child.py` uses it before anything else is loaded.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What Python 3.10 takes for public, and what leads to an IPv4 address that nobody has looked at.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays to 6to4
        "2002::/16",  # 6to4
        "3fff::/20",  # for documents
    )
)
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Guard:
    """Says which calls are allowed.

    allow: hosts and networks that are although they are not public, as in OUTGOING_ALLOW.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self.allow = tuple(allow)
        self._hosts: set[str] = set()
        self._networks = []
        for part in self.allow:
            try:
                self._networks.append(ipaddress.ip_network(part))
            except ValueError:
                self._hosts.add(_bare(part))

    def names(self, host: str) -> bool:
        """Whether this host is allowed by its name, wherever it leads."""
        return _bare(host) in self._hosts

    def allows(self, address: str) -> bool:
        """Whether this IP address may be called. What is no address may not."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        meant = _meant(found)
        if any(found in network or meant in network for network in self._networks):
            return True
        return _is_public(meant)


def _meant(address: Address) -> Address:
    """The address at the other end, when this one stands for another."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if address.version == 6 and address not in PUBLIC_IPV6:
        return False
    if address.is_multicast or not address.is_global:
        return False
    return not any(address in network for network in NOT_PUBLIC)


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()
