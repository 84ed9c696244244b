"""Answers to requests that went wrong, for every path of the action server.

The SDK's own handler answers 500 to every unknown path and returns the request's body. Sanic finds
handlers by exception class before blueprint, so only app-wide ones replace it everywhere.
"""

from __future__ import annotations

import json
import logging

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from admin.context import path_of, render
from support import logs

logger = logging.getLogger(__name__)

# Sanic's own messages repeat the address and parts of the body, so they are not passed on.
STANDARD = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not support this method."),
    408: ("timeout", "The request did not arrive in time."),
    413: ("too_large", "The request is too large."),
    417: ("bad_request", "The request expects something that is not supported."),
    503: ("unavailable", "The server is busy; try again in a moment."),
}
INTERNAL = ("internal", "Something went wrong here. It has been logged; try again in a moment.")


# What was wrong is repeated, and somebody may send a book.
MESSAGE_LENGTH = 1000


def _short(text: str) -> str:
    return text if len(text) <= MESSAGE_LENGTH else f"{text[: MESSAGE_LENGTH - 1]}…"


class Refused(SanicException):
    """A request that gets an error as its answer.

    status: of the answer. code: a word for programs. field: what in the request is at fault.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(_short(message), status_code=status, quiet=True)
        self.code = code
        self.field = field and _short(field)
        self.headers = headers or {}


def replace_handlers(app: Sanic) -> None:
    """Let these handlers answer for the whole app, whatever failed before."""
    app.error_handler.add(SanicException, _refused)
    app.error_handler.add(Exception, _failed)


async def _refused(request: Request, exception: SanicException) -> HTTPResponse:
    if isinstance(exception, Refused):
        error = {"code": exception.code, "message": str(exception)}
        if exception.field is not None:
            error["field"] = exception.field
        return _answer(request, exception.status_code, error, exception.headers)
    status = getattr(exception, "status_code", 500)
    if status not in STANDARD:
        return await _failed(request, exception)
    code, message = STANDARD[status]
    headers = getattr(exception, "headers", {})
    return _answer(request, status, {"code": code, "message": message}, headers)


async def _failed(request: Request, exception: Exception) -> HTTPResponse:
    # Method and path say where; bodies and query strings hold what people typed.
    logger.error(
        "%s %s failed", request.method, path_of(request), exc_info=logs.place_of(exception)
    )
    code, message = INTERNAL
    return _answer(request, 500, {"code": code, "message": message}, {})


def _answer(
    request: Request, status: int, error: dict[str, str], headers: dict[str, str]
) -> HTTPResponse:
    path = path_of(request)
    if status == 412 and request.stream is not None:
        # Sanic 21.12 drops Content-Length from these, so only closing tells where the body ends.
        request.stream.keep_alive = False
    if path.startswith("/admin/api/") or path == "/admin/api":
        return _json({"error": error}, status, headers)
    if path.startswith("/admin/") or path == "/admin":
        return render(
            request, "error.html", status=status, headers=headers, message=error["message"]
        )
    return _json({"error": error["message"]}, status, headers)


def _json(body: object, status: int, headers: dict[str, str]) -> HTTPResponse:
    return HTTPResponse(
        json.dumps(body), status=status, headers=headers, content_type="application/json"
    )
