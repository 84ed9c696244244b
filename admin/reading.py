"""Reading what was sent: JSON objects, forms and limits, each refused with what is wrong."""

from __future__ import annotations

import datetime as dt
import json
import re
import reprlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from sanic.request import Request

from admin.context import path_of
from admin.errors import Refused

MAX_BODY = 64 * 1024
# A flow has thousands of phrases.
MAX_FLOW_BODY = 2 * 1024 * 1024
MAX_FORM_FIELDS = 100
DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR_DIGITS = 18
JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
UNSTORABLE = "It holds a character that cannot be stored (a zero byte, or half of one); remove it."


async def limit_body(request: Request, **_: Any) -> None:
    """Cap bodies below /admin before they are read; Rasa's trackers need far more elsewhere."""
    if request.stream is not None and path_of(request).startswith("/admin"):
        is_flow = path_of(request).startswith(("/admin/api/flow", "/admin/flow"))
        request.stream.request_max_size = MAX_FLOW_BODY if is_flow else MAX_BODY


async def refuse_unreadable(request: Request) -> None:
    """Refuse addresses below /admin with what no database can hold. Raises Refused: 404 or 422."""
    if not path_of(request).startswith("/admin"):
        return
    if not _is_storable(path_of(request)):
        raise Refused(404, "not_found", "There is nothing at this address.")
    try:
        given = parse_qsl(
            request.query_string,
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:
        raise Refused(422, "invalid_value", "What follows the '?' cannot be read.") from None
    for name, value in given:
        if not _is_storable(name + value):
            raise Refused(422, "invalid_value", UNSTORABLE, name)


def json_object(request: Request) -> dict[str, Any]:
    """The body's JSON object.

    Raises Refused: 415 when the body is said to be something else, 400 when it is no JSON, 422 when
    it is no object, or has text that no database can hold.
    """
    if not JSON.fullmatch(request.headers.get("content-type", "application/json")):
        raise Refused(415, "not_json", "Send JSON: 'Content-Type: application/json'.")
    try:
        body = json.loads(request.body.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise Refused(400, "broken_json", "The body is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise Refused(400, "broken_json", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused(422, "not_an_object", "The body must be a JSON object.")
    refuse_unstorable(body)
    return body


def refuse_unstorable(body: Mapping[str, Any]) -> None:
    """Refuse text that no database can hold, wherever it is. Raises Refused: 422."""
    for name, value in body.items():
        if not all(map(_is_storable, _texts(value))):
            raise Refused(422, "invalid_value", UNSTORABLE, str(name)[:100])


def text(values: Mapping[str, Any], name: str, longest: int) -> str:
    """A text that has to be there. Raises Refused: 422."""
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(422, "invalid_value", f"{name} must be text.", name)
    if len(value) > longest:
        raise Refused(422, "invalid_value", f"{name} may have {longest} characters at most.", name)
    return value


def only(values: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse names that nobody knows: one misspelt, and ignored, would do what nobody asked for.

    Raises Refused: 422.
    """
    for name in values:
        if name not in known:
            raise Refused(
                422,
                "unknown_field",
                f"There is no {reprlib.repr(name)} here, only {', '.join(known)}.",
                name,
            )


def form(request: Request) -> dict[str, str]:
    """The posted form, blank values kept, the last one where a name comes twice.

    Sanic's own reader drops blank values, and a cleared field is a change. Raises Refused.
    """
    try:
        fields = parse_qs(
            request.body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:
        raise Refused(400, "broken_form", "The form cannot be read.") from None
    if not all(_is_storable(part) for name in fields for part in (name, *fields[name])):
        raise Refused(400, "broken_form", UNSTORABLE)
    return {name: values[-1] for name, values in fields.items()}


def limit(request: Request) -> int:
    """How many rows are asked for. Raises Refused when that is no number from 1 to MAX_LIMIT."""
    text = _asked(request, "limit")
    if text is None:
        return DEFAULT_LIMIT
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if not 1 <= number <= MAX_LIMIT:
        raise Refused(
            422, "invalid_value", f"limit must be a number from 1 to {MAX_LIMIT}.", "limit"
        )
    return number


def cursor(request: Request) -> int | None:
    """Where to go on. Raises Refused when it is no `next` of ours."""
    text = _asked(request, "cursor")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_CURSOR_DIGITS):
        raise Refused(422, "invalid_value", "cursor must be the `next` of a page.", "cursor")
    return int(text)


def _asked(request: Request, name: str) -> str | None:
    """A part of the query, also one that is empty, which Sanic would leave out."""
    text: str | None = request.get_args(keep_blank_values=True).get(name)
    return text


def day(text: str, name: str) -> dt.datetime | None:
    """The beginning of a day, in UTC; None when none was typed. Raises Refused: 422."""
    if not text:
        return None
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.timezone.utc)
    except ValueError:
        day = None
    # Room for a day more at either end.
    if day is None or not 1970 <= day.year <= 9000:
        raise Refused(422, "invalid_value", f"{name} must be a day, such as 2026-03-01.", name)
    return day


def _is_storable(value: str) -> bool:
    """PostgreSQL holds no zero bytes, and UTF-8 no half of a pair."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value. Without recursion, because it may be as deep as the body long."""
    pending = [value]
    while pending:
        inner = pending.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            pending += [*inner.keys(), *inner.values()]
        elif isinstance(inner, list):
            pending += inner


def _no_number(_: str) -> float:
    raise ValueError("NaN and Infinity are not JSON.")
