"""Reading what calls about the handoff flow say. Everything raises Refused, which is the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sanic.request import Request

from admin import reading
from admin.errors import Refused
from support import database
from support.errors import FlowError
from support.flow import project, versions
from support.flow.versions import Draft

MAX_LENGTH = 1000


def draft() -> Draft:
    """The flow that is worked on."""
    with database.read_scope() as session:
        return versions.draft(session, project.read())


def insisting(request: Request) -> dict[str, Any]:
    """The body of a call that lets a version go live; it may be left out."""
    sent = reading.json_object(request) if request.body else {}
    reading.only(sent, ("insist",))
    return sent


def number(text: str) -> int:
    """A version's number in an address. Raises Refused: 404."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise Refused(404, "not_found", "A version is named by its number.")
    return int(text)


def texts(sent: Mapping[str, Any], name: str, most: int) -> list[str]:
    """A list of texts in the body. Raises Refused."""
    reading.only(sent, (name,))
    value = sent.get(name)
    fits = (
        isinstance(value, list)
        and 1 <= len(value) <= most
        and all(isinstance(text, str) and 0 < len(text.strip()) <= MAX_LENGTH for text in value)
    )
    if not fits or not isinstance(value, list):
        why = f"{name} must be a list of 1 to {most} texts of at most {MAX_LENGTH} characters."
        raise Refused(422, "invalid_value", why, name)
    return value


def invalid(error: FlowError) -> Refused:
    """What is wrong with a flow, as an answer."""
    place, first = error.problems[0]
    others = "".join(f"\n{where}: {why}" for where, why in error.problems[1:20])
    return Refused(422, "invalid_value", first + others, place)


def expected(request: Request) -> str | None:
    """The tag of the only draft that may be changed; None: any."""
    tag = request.headers.get("if-match")
    return None if tag in (None, "*") else tag.strip().strip('"')
