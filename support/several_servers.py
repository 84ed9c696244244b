"""The configuration of several servers that share one product: docs/scaling.md."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from support.errors import ConfigError


def redis_url(name: str, text: str | None) -> str | None:
    """The checked URL of the Redis server; None for one server that needs none."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0
        plain = re.fullmatch(r"(/\d*)?", parts.path) and not (parts.query or parts.fragment)
    except ValueError:
        named = plain = None
    if not (named and plain):
        # The value may hold a password, so no message repeats it.
        raise ConfigError(
            f"{name} cannot be read: it must look like redis://:password@host:6379/0, or "
            "rediss://… for an encrypted line. In the password write / ? # @ : as "
            "%2F %3F %23 %40 %3A."
        )
    return text


def check_workers(name: str, text: str) -> None:
    """Refuse what Sanic would do by itself: the workers of one port share no connections."""
    if text != "1":
        raise ConfigError(
            f"{name} is {text!r}: leave it out, and start several servers on ports of their own "
            "instead (docs/scaling.md)."
        )
