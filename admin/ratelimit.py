"""How many calls of the API one token may make, told in the headers of every answer.

Counted in memory, so by server. RateLimit and RateLimit-Policy as in the IETF's draft.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from sanic import Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse

from admin.context import path_of
from admin.errors import Refused

SECONDS = 60
API = "/admin/api/"
# Memory's limit, not a rule: whoever makes tokens up fills it, and is told 401 all the same.
CALLERS_REMEMBERED = 10_000


@dataclass(frozen=True)
class Left:
    """calls: still to make. seconds: until all are there again. refused: there was none."""

    calls: int
    seconds: int
    refused: bool


class RateLimit:
    """Counts calls in fixed windows, which begin with a caller's first call."""

    def __init__(self, calls: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.calls = calls
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, caller: str) -> Left:
        """Count one call of this caller."""
        now = self._clock()
        began, made = self._windows.pop(caller, (now, 0))
        if now >= began + SECONDS:
            began, made = now, 0
        # Put last, so that the caller forgotten first is the one quiet for longest.
        self._windows[caller] = (began, made + 1)
        if len(self._windows) > CALLERS_REMEMBERED:
            del self._windows[next(iter(self._windows))]
        return Left(
            calls=max(self.calls - made - 1, 0),
            seconds=max(ceil(began + SECONDS - now), 1),
            refused=made >= self.calls,
        )


def cover(app: Sanic, limit: RateLimit) -> None:
    """Count every call of the API, and tell in every answer what is left."""

    async def count(request: Request) -> None:
        if path_of(request).startswith(API):
            request.ctx.calls_left = left = limit.take(_caller(request))
            if left.refused:
                raise Refused(
                    429,
                    "too_many_calls",
                    f"Too many calls in this minute; go on in {left.seconds} seconds.",
                    headers={"Retry-After": str(left.seconds)},
                )

    async def tell(request: Request, response: BaseHTTPResponse) -> None:
        left: Left | None = getattr(request.ctx, "calls_left", None)
        if left is not None:
            response.headers["RateLimit-Policy"] = f'"minute";q={limit.calls};w={SECONDS}'
            response.headers["RateLimit"] = f'"minute";r={left.calls};t={left.seconds}'

    app.register_middleware(count, "request")
    app.register_middleware(tell, "response")


def _caller(request: Request) -> str:
    token = request.headers.get("authorization", "")
    said = token or f"without a token from {request.remote_addr or request.ip}"
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()
