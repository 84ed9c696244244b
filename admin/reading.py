"""Reading what was sent: JSON objects, forms and limits, each refused with what is wrong."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

from sanic.request import Request

from admin.context import path_of
from admin.errors import Refused

MAX_BODY = 64 * 1024
MAX_FORM_FIELDS = 100
DEFAULT_LIMIT = 50
MAX_LIMIT = 200


async def limit_body(request: Request, **_: Any) -> None:
    """Cap bodies below /admin before they are read; Rasa's trackers need far more elsewhere."""
    if request.stream is not None and path_of(request).startswith("/admin"):
        request.stream.request_max_size = MAX_BODY


def json_object(request: Request) -> dict[str, Any]:
    """The body's JSON object. Raises Refused: 400 when it is no JSON, 422 when no object."""
    try:
        body = json.loads(request.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused(400, "broken_json", "The body is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise Refused(400, "broken_json", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused(422, "not_an_object", "The body must be a JSON object.")
    return body


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
    return {name: values[-1] for name, values in fields.items()}


def limit(request: Request) -> int:
    """How many rows are asked for. Raises Refused when that is no number from 1 to MAX_LIMIT."""
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if not 1 <= number <= MAX_LIMIT:
        raise Refused(
            422, "invalid_value", f"limit must be a number from 1 to {MAX_LIMIT}.", "limit"
        )
    return number
