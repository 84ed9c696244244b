"""Whence a visitor comes: the network address, hashed, so that limits can tell networks apart.

The address itself is kept nowhere. Under another SECRET_KEY the same address hashes differently.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
from functools import lru_cache

from support.config import Config

logger = logging.getLogger(__name__)

DIGITS = 32
# One subscriber's network; a computer has as many addresses in it as it likes.
IPV6_NETWORK = 64


def of(config: Config, connection: str | None, forwarded: str | None = None) -> str | None:
    """The client's hash, 32 hexadecimal digits; None when its network is not known.

    connection: the address that the connection comes from. forwarded: X-Forwarded-For, several
    headers joined by commas; read only when PROXIES says that there are proxies in front.

    This machine's own address stands for nobody: it is a program here, or a proxy that PROXIES
    does not count, and limiting it would limit every visitor behind it at once.
    """
    network = _network(_address(connection or "", forwarded or "", config.proxies))
    if network is None:
        if forwarded and not config.proxies:
            _say_that_proxies_are_not_counted()
        return None
    message = f"client:{network}".encode()
    return hmac.new(config.secret_key.encode(), message, hashlib.sha256).hexdigest()[:DIGITS]


@lru_cache(maxsize=1)
def _say_that_proxies_are_not_counted() -> None:
    """Once: it would else be in the log for each visitor."""
    logger.warning(
        "A proxy on this machine passes visitors on, and PROXIES is 0: their networks are unknown, "
        "and no limit counts by them. Set PROXIES to the number of proxies in front."
    )


def _address(connection: str, forwarded: str, proxies: int) -> str:
    """The address that the outermost proxy of ours saw.

    Each proxy appends whom it was called by, so what a visitor writes into the header stands to the
    left of what is counted from the right.
    """
    seen = [part.strip() for part in forwarded.split(",") if part.strip()] if proxies else []
    return seen[-min(proxies, len(seen))] if seen else connection


def _network(address: str) -> str | None:
    try:
        ip = ipaddress.ip_address(_without_port(address))
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        mapped = ip.ipv4_mapped
        if mapped is None:
            if ip.is_loopback:
                return None
            return str(ipaddress.ip_network((int(ip), IPV6_NETWORK), strict=False))
        ip = mapped
    return None if ip.is_loopback or ip.is_unspecified else str(ip)


def _without_port(address: str) -> str:
    """'203.0.113.9:4711' and '[2001:db8::1]:4711' without the port that some proxies write."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
