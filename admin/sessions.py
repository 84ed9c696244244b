"""Who is signed in: a signed cookie, form tokens bound to it, and a brake on guessing.

Nothing is stored on the server. A new ADMIN_TOKEN or SECRET_KEY ends every session.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer
from sanic.response import HTTPResponse

from support.config import Config

COOKIE = "support_session"
COOKIE_PATH = "/admin"
LASTS_SECONDS = 12 * 60 * 60
# Memory's limit, not a rule: far more addresses than wrong guesses come from in a minute.
ADDRESSES_REMEMBERED = 10_000


@dataclass(frozen=True)
class BrowserSession:
    """One browser, signed in or about to."""

    id: str
    signed_in: bool


class Sessions:
    """Makes and checks the cookies and the form tokens of one deployment."""

    def __init__(self, config: Config) -> None:
        token = hashlib.sha256(config.admin_token.encode()).hexdigest()
        self._cookies = URLSafeTimedSerializer(config.secret_key, salt=f"admin.session.{token}")
        self._forms = URLSafeTimedSerializer(config.secret_key, salt="admin.form")
        self._secure = config.public_url.startswith("https://")

    def begin(self, *, signed_in: bool) -> BrowserSession:
        """A new session; signing in always begins one, so that none can be planted before."""
        return BrowserSession(secrets.token_urlsafe(16), signed_in)

    def read(self, cookie: str | None) -> BrowserSession | None:
        """The session that this cookie proves; None when it is missing, forged or too old."""
        try:
            session_id, signed_in = self._cookies.loads(cookie or "", max_age=LASTS_SECONDS)
        except (BadData, TypeError, ValueError):
            return None
        return BrowserSession(str(session_id), signed_in is True)

    def give(self, response: HTTPResponse, session: BrowserSession) -> None:
        """Set the session's cookie."""
        cookies = response.cookies
        cookies[COOKIE] = self._cookies.dumps([session.id, session.signed_in])
        cookies[COOKIE]["path"] = COOKIE_PATH
        cookies[COOKIE]["max-age"] = LASTS_SECONDS
        cookies[COOKIE]["httponly"] = True
        cookies[COOKIE]["samesite"] = "Strict"
        if self._secure:
            cookies[COOKIE]["secure"] = True

    def form_token(self, session: BrowserSession) -> str:
        """What a form must carry so that only this session can post it."""
        return str(self._forms.dumps(session.id))

    def accepts(self, session: BrowserSession, form_token: str) -> bool:
        """Whether the form came from a page that this session was given."""
        try:
            return bool(self._forms.loads(form_token, max_age=LASTS_SECONDS) == session.id)
        except BadData:
            return False


class Throttle:
    """Counts wrong tries by address; in memory, so by process."""

    def __init__(
        self, limit: int = 5, seconds: int = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 when it may now."""
        tries = self._recent(address)
        if len(tries) < self._limit:
            return 0
        return int(tries[-self._limit] + self._seconds - self._clock()) + 1

    def wrong(self, address: str) -> None:
        """Count a wrong try."""
        tries = self._recent(address)
        # Put last, so that the address forgotten first is the one quiet for longest.
        self._wrong.pop(address, None)
        self._wrong[address] = [*tries, self._clock()]
        if len(self._wrong) > ADDRESSES_REMEMBERED:
            del self._wrong[next(iter(self._wrong))]

    def right(self, address: str) -> None:
        """Forget the wrong tries of an address that has just proved itself."""
        self._wrong.pop(address, None)

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - self._seconds
        return [at for at in self._wrong.get(address, []) if at > since]
