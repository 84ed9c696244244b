"""The contact form over HTTP, whatever server it runs on: a call in, an answer out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.contact import page
from support.contact.desk import Desk
from support.contact.exchange import Posted, Result
from support.contact.forms import text_of
from support.fields import tidy
from support.words import CONTACT_PATH

FORM_PATH = f"{CONTACT_PATH}/form"
STYLE_PATH = f"{CONTACT_PATH}/{page.STYLE}"
# Every path, with its methods; whoever serves this routes them here.
PATHS = {
    CONTACT_PATH: ("GET", "HEAD", "POST", "OPTIONS"),
    FORM_PATH: ("POST", "OPTIONS"),
    STYLE_PATH: ("GET", "HEAD"),
}
BODY_SIZE = 64 * 1024
FORM_FIELDS = 40
PAGE_URL_LENGTH = 500
# Nobody reads and fills in a page faster; machines do.
SECONDS_TO_FILL_IN = 2.0
HTML = "text/html; charset=utf-8"
JSON = "application/json"
POSTED_FORM = "application/x-www-form-urlencoded"
SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
PAGE_HEADERS = {
    **SAFE,
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
}
# Any site may have the chat; what it sends proves itself by a token, never by a cookie.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}
STATUSES = {
    "invalid": 422,
    "expired": 422,
    "once_more": 422,
    "too_fast": 429,
    "limited": 429,
    "not_saved": 503,
}
RETRY_AFTER = {"too_fast": "60", "limited": "86400", "not_saved": "30"}
TONES = {"sent": "good", "saved": "wait", "undelivered": "bad"}


@dataclass(frozen=True)
class Call:
    """A request over HTTP. client: see support/clients.py."""

    method: str
    path: str
    content_type: str
    body: bytes
    referer: str | None
    client: str | None


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def answer(desk: Desk, call: Call) -> Answer:
    """Answer a call to one of PATHS, by one of its methods. Never raises for what was sent."""
    if call.method == "OPTIONS":
        return Answer(204, b"", JSON, CORS)
    if call.path == STYLE_PATH:
        headers = {**SAFE, "Cache-Control": "max-age=3600"}
        return Answer(200, page.style(), "text/css; charset=utf-8", headers)
    if call.method in ("GET", "HEAD"):
        return await _empty_page(desk, call)
    if len(call.body) > BODY_SIZE:
        message = f"The body has over {BODY_SIZE // 1024} kB."
        return _refuse(413, "too_large", message)
    if _type(call) == JSON:
        return await _answer_json(desk, call)
    if _type(call) == POSTED_FORM and call.path == CONTACT_PATH:
        return await _answer_form(desk, call)
    return _refuse(415, "unsupported_type", f"Content-Type must be {JSON}.")


def _type(call: Call) -> str:
    return call.content_type.partition(";")[0].strip().lower()


# --- JSON, for the chat ---


async def _answer_json(desk: Desk, call: Call) -> Answer:
    try:
        body = json.loads(call.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return _refuse(400, "broken_json", "The body is not JSON.")
    if not isinstance(body, dict):
        return _refuse(422, "not_an_object", "The body must be a JSON object.")
    if call.path == FORM_PATH:
        return await _form_as_json(desk, body)
    posted = Posted(
        form_id=body.get("form_id"),
        token=body.get("session_id"),
        texts=text_of(body.get("values")),
        page_url=_page_url(body.get("page_url")),
        client=call.client,
    )
    return _result_as_json(await desk.take(posted))


async def _form_as_json(desk: Desk, body: Mapping[str, Any]) -> Answer:
    opened = await desk.open(body.get("session_id"))
    said = await desk.wording()
    fields = [
        {
            "name": each.name,
            "type": each.type,
            "label": each.label,
            "required": each.required,
            "autocomplete": each.autocomplete,
            "max_length": each.length,
            "value": each.text,
        }
        for each in page.inputs(said, opened.texts)
    ]
    return _json(
        200,
        {
            "open": opened.open,
            "form_id": opened.form_id,
            "fields": fields,
            "message": f"{opened.message} {opened.data}".strip(),
        },
    )


def _result_as_json(result: Result) -> Answer:
    if result.outcome not in STATUSES:
        names = ("outcome", "reference", "message")
        return _json(200, {name: getattr(result, name) for name in names})
    field_at_fault, message = next(iter(result.problems.items()), (None, result.message))
    error = {"code": result.outcome, "message": message, "field": field_at_fault}
    body: dict[str, Any] = {"error": error}
    if result.problems:
        body["errors"] = [{"field": n, "message": why} for n, why in result.problems.items()]
    if result.form_id:
        body["form_id"] = result.form_id
    return _json(STATUSES[result.outcome], body, _retry(result))


def _refuse(status: int, code: str, message: str) -> Answer:
    return _json(status, {"error": {"code": code, "message": message, "field": None}})


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    sent = json.dumps(body).encode()
    return Answer(status, sent, JSON, {**SAFE, **CORS, **(headers or {})})


# --- the page ---


async def _empty_page(desk: Desk, call: Call) -> Answer:
    opened, said = await desk.open(), await desk.wording()
    inputs = page.inputs(said, opened.texts) if opened.open else ()
    view = page.View(opened.message, None, opened.form_id, _page_url(call.referer) or "", inputs)
    return _show(view, said, 200)


async def _answer_form(desk: Desk, call: Call) -> Answer:
    try:
        body = call.body.decode("utf-8")
        sent = parse_qs(body, keep_blank_values=True, max_num_fields=FORM_FIELDS)
    except ValueError:
        said = await desk.wording()
        return _show(page.View(said("utter_contact_broken"), "bad"), said, 400)
    values = {name: given[-1] for name, given in sent.items()}
    form_id = values.get("form_id")
    by_hand = not values.get(page.TRAP) and desk.is_older(form_id, SECONDS_TO_FILL_IN)
    posted = Posted(
        form_id=form_id,
        token=None,
        texts=text_of(values),
        page_url=_page_url(values.get("page_url")),
        client=call.client,
        trusted=by_hand,
    )
    result, said = await desk.take(posted), await desk.wording()
    if result.outcome in TONES:
        return _show(page.View(result.message, TONES[result.outcome]), said, 200)
    view = page.View(
        message=result.message,
        tone="bad",
        form_id=result.form_id or form_id or "",
        page_url=posted.page_url or "",
        inputs=page.inputs(said, posted.texts, result.problems),
    )
    return _show(view, said, STATUSES.get(result.outcome, 200), _retry(result))


def _show(
    view: page.View, said: page.Words, status: int, headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(status, page.render(view, said), HTML, {**PAGE_HEADERS, **(headers or {})})


def _retry(result: Result) -> dict[str, str]:
    after = RETRY_AFTER.get(result.outcome)
    return {"Retry-After": after} if after else {}


def _page_url(url: Any) -> str | None:
    """The page that the visitor came from, unless that is this one."""
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        return None
    try:
        own = urlsplit(url).path == CONTACT_PATH
    except ValueError:
        return None
    return None if own else tidy(url)[:PAGE_URL_LENGTH]
