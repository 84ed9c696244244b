"""Answers of the API."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sanic.response import HTTPResponse


def answer(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTTPResponse:
    """A JSON answer. Half a character, as visitors' clients may send, goes through as it is."""
    return HTTPResponse(
        json.dumps(body), status, headers=dict(headers or {}), content_type="application/json"
    )
