"""Whence somebody signs in, as a hash."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

from sanic.request import Request

from support.config import Config

# One subscriber's network; a computer has as many addresses in it as it likes.
IPV6_NETWORK = 64


def client_of(request: Request, config: Config) -> str:
    """The network that a request comes from, as 32 hexadecimal digits.

    Behind proxies (PROXIES) it is what the outermost of ours saw. Each appends whom it was called
    by to X-Forwarded-For, so what a stranger writes there stands left of what is counted from the
    right.
    """
    address = str(request.ip)
    if config.proxies:
        seen = ",".join(request.headers.getall("x-forwarded-for", [])).split(",")
        hops = [part.strip() for part in seen if part.strip()]
        address = hops[-min(config.proxies, len(hops))] if hops else address
    message = f"client:{_network(address)}".encode("utf-8", "replace")
    return hmac.new(config.secret_key.encode(), message, hashlib.sha256).hexdigest()[:32]


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip), IPV6_NETWORK), strict=False))
    return str(ip)
