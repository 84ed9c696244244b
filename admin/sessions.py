"""A browser's signed cookie, and form tokens bound to it.

The cookie of somebody who is signed in holds a secret that `support.sign_ins` knows. A new
ADMIN_TOKEN or SECRET_KEY ends every session.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer
from sanic.response import HTTPResponse

from support import sign_ins
from support.config import Config

COOKIE = "support_session"
COOKIE_PATH = "/admin"
LASTS_SECONDS = int(sign_ins.LASTS.total_seconds())


@dataclass(frozen=True)
class BrowserSession:
    """One browser, signed in or about to. Whether it still is, `sign_ins.person` knows."""

    id: str
    signed_in: bool


class Sessions:
    """Makes and checks the cookies and the form tokens of one deployment."""

    def __init__(self, config: Config) -> None:
        token = hashlib.sha256(config.admin_token.encode()).hexdigest()
        self._cookies = URLSafeTimedSerializer(config.secret_key, salt=f"admin.session.{token}")
        self._forms = URLSafeTimedSerializer(config.secret_key, salt="admin.form")
        self._secure = config.public_url.startswith("https://")

    def begin(self) -> BrowserSession:
        """A session that is not signed in; signing in begins another, so none can be planted."""
        return BrowserSession(secrets.token_urlsafe(16), signed_in=False)

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
        # With Strict, a link in a mail would find nobody signed in. Nothing is changed by a GET.
        cookies[COOKIE]["samesite"] = "Lax"
        if self._secure:
            cookies[COOKIE]["secure"] = True

    def form_token(self, session: BrowserSession) -> str:
        """What a form must carry so that only this session can post it."""
        return str(self._forms.dumps(_bound_to(session)))

    def accepts(self, session: BrowserSession, form_token: str) -> bool:
        """Whether the form came from a page that this session was given."""
        try:
            bound_to = self._forms.loads(form_token, max_age=LASTS_SECONDS)
            return bool(bound_to == _bound_to(session))
        except BadData:
            return False


def _bound_to(session: BrowserSession) -> str:
    # A form's token can be read in the page, and what the cookie holds is nobody's business there.
    return hashlib.sha256(session.id.encode()).hexdigest()[:20]
