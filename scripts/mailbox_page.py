"""The pages of the local mailbox: all mails, newest first, and one mail. No JavaScript.

Whatever a mail holds is shown as text. Its HTML part is shown too, in a frame whose policy lets
it run nothing, load nothing and send nothing.
"""

from __future__ import annotations

from datetime import datetime, timezone
from email import policy
from email.parser import BytesParser
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from sanic import Sanic
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, html, raw

TEMPLATES = Path(__file__).with_name("templates")
NAMES = "????????T??????Z-*.eml"
SHOWN = 100
REFRESH_SECONDS = 5
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'"
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Mail:
    """One stored message. headers_only: part() gives nothing then, and a long list comes fast."""

    def __init__(self, file: Path, headers_only: bool = False) -> None:
        self.name = file.name
        self.content = file.read_bytes()
        received = datetime.strptime(file.name.split("-")[0], "%Y%m%dT%H%M%SZ")
        self.received = received.replace(tzinfo=timezone.utc)
        parser = BytesParser(policy=policy.default)
        self._message = parser.parsebytes(self.content, headers_only)

    def header(self, name: str) -> str:
        """The decoded value of a header; '' when it is missing or not to be read."""
        try:
            return str(self._message.get(name, ""))
        except (ValueError, IndexError, LookupError, AttributeError):
            return ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers in their order."""
        return [(name, self.header(name)) for name in self._message]

    def part(self, kind: str) -> str | None:
        """The body as `plain` or `html` text; None when the mail has none."""
        body = self._message.get_body((kind,))
        if body is None:
            return None
        try:
            return str(body.get_content())
        except (LookupError, UnicodeError):
            return str(body.get_payload())


def mails(folder: Path) -> list[Path]:
    """The stored messages' files, newest first."""
    return sorted(folder.glob(NAMES), reverse=True)


class Pages:
    """The pages over one folder of mail. smtp_address is only shown."""

    def __init__(self, folder: Path, smtp_address: str) -> None:
        self._folder = folder
        self._smtp_address = smtp_address
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def add_to(self, app: Sanic) -> None:
        """Add the routes."""
        app.add_route(self.all_mail, "/")
        app.add_route(self.one_mail, "/mail/<name>")
        app.add_route(self.html_part, "/mail/<name>/html")
        app.add_route(self.source, "/mail/<name>/source")
        app.static("/mailbox.css", str(TEMPLATES / "mailbox.css"))

    async def all_mail(self, _: Request) -> HTTPResponse:
        """The list."""
        files = mails(self._folder)
        return self._page(
            "mailbox.html",
            mails=[Mail(file, headers_only=True) for file in files[:SHOWN]],
            total=len(files),
            smtp=self._smtp_address,
            folder=self._folder,
            refresh=REFRESH_SECONDS,
        )

    async def one_mail(self, _: Request, name: str) -> HTTPResponse:
        """One mail: headers, HTML part in its frame, text part."""
        return self._page("mail.html", mail=self._find(name))

    async def html_part(self, _: Request, name: str) -> HTTPResponse:
        """What the frame shows."""
        content = self._find(name).part("html") or ""
        return html(content, headers={**SAFE_HEADERS, "Content-Security-Policy": MAIL_POLICY})

    async def source(self, _: Request, name: str) -> HTTPResponse:
        """The stored file, as it is."""
        content = self._find(name).content
        return raw(content, content_type="text/plain; charset=utf-8", headers=SAFE_HEADERS)

    def _find(self, name: str) -> Mail:
        for file in mails(self._folder):
            if file.name == name:
                return Mail(file)
        raise NotFound(f"There is no mail {name}.")

    def _page(self, template: str, **values: object) -> HTTPResponse:
        text = self._templates.get_template(template).render(**values)
        return html(text, headers={**SAFE_HEADERS, "Content-Security-Policy": PAGE_POLICY})
