"""The pieces that the API's description, in OpenAPI 3.1, is put together from.

Each `admin/openapi_<part>.py` describes its routes with them: `paths()` by address, and
`schemas()` by name. `admin/openapi.py` puts the parts together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin.reading import DEFAULT_LIMIT, MAX_LIMIT

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
FLAG: Json = {"type": "boolean"}
COUNT: Json = {"type": "integer", "minimum": 0}
MOMENT: Json = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}

PARAMETER_WRONG = "A parameter is wrong; `field` names it."
EVERYWHERE = {
    "401": "The token is missing or wrong.",
    "403": "The token's owner has not the role that this needs.",
    "404": "There is nothing at this address.",
    "429": "Too many calls in this minute; `Retry-After` says when to go on.",
}
WRITING = {
    "400": "The body is not JSON, or the key cannot be one.",
    "409": "A call with this key is still at work; `Retry-After` says when to ask again. Or it was "
    "done, and its answer held a secret that is not kept.",
    "413": "The body is too large.",
    "415": "The body is not said to be JSON.",
    "422": "A value is refused; `field` names it. Nothing was changed.",
}


def reading(
    operation_id: str,
    summary: str,
    answer: Json,
    *,
    parameters: list[Json] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Json:
    """An operation that changes nothing. errors: by status, besides those that all have."""
    return _operation(operation_id, summary, {"200": answer}, parameters or [], errors or {})


def writing(
    operation_id: str,
    summary: str,
    answer: Json,
    *,
    body: Json | None = None,
    status: str = "200",
    parameters: list[Json] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Json:
    """An operation that changes something. body: the schema of what is sent; None: nothing is."""
    operation = _operation(
        operation_id,
        summary,
        {status: answer},
        [*(parameters or []), _IDEMPOTENCY_KEY],
        {**WRITING, **(errors or {})},
    )
    if body is not None:
        content = {"application/json": {"schema": body}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def answer(text: str, schema: Json, headers: Json | None = None) -> Json:
    """An answer in JSON, with the headers that say how many calls are left."""
    return {
        "description": text,
        "headers": {**_LEFT, **(headers or {})},
        "content": {"application/json": {"schema": schema}},
    }


def nothing(text: str) -> Json:
    """An answer without a body."""
    return {"description": text, "headers": dict(_LEFT)}


def header(text: str) -> Json:
    """A header of an answer."""
    return {"description": text, "schema": TEXT}


def in_path(name: str, text: str = "", schema: Json | None = None) -> Json:
    """A part of the address."""
    return _parameter(name, "path", text, schema) | {"required": True}


def in_query(name: str, text: str = "", schema: Json | None = None) -> Json:
    """A parameter behind the question mark."""
    return _parameter(name, "query", text, schema)


def in_header(name: str, text: str = "", schema: Json | None = None) -> Json:
    """A header of the call."""
    return _parameter(name, "header", text, schema)


def limit() -> Json:
    """How many rows, for `reading.limit`."""
    number = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    return in_query("limit", "How many at most.", number)


def cursor() -> Json:
    """Where a list goes on, for `reading.cursor`."""
    return in_query("cursor", "`next` of the page before: go on from there.")


def record(properties: Json, optional: list[str] | None = None) -> Json:
    """An object with these properties and no others, all there but for the optional ones."""
    required = [name for name in properties if name not in (optional or [])]
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def array(items: Json) -> Json:
    """A list of these."""
    return {"type": "array", "items": items}


def rows(name: str, schema: str) -> Json:
    """An object that holds one list, of the schema with this name."""
    return record({name: array(ref(schema))})


def page(name: str, schema: str) -> Json:
    """One page of a longer list, and the cursor to go on with."""
    following = {**MAYBE_TEXT, "description": "null on the last page."}
    return record({name: array(ref(schema)), "next": following})


def ref(schema: str) -> Json:
    """The schema with this name, of whichever part."""
    return {"$ref": f"#/components/schemas/{schema}"}


def _operation(
    operation_id: str,
    summary: str,
    good: Json,
    parameters: list[Json],
    errors: Mapping[str, str],
) -> Json:
    refused = {**EVERYWHERE, **errors}
    return {
        "operationId": operation_id,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            **good,
            **{status: _refusal(status, refused[status]) for status in sorted(refused)},
        },
    }


def _refusal(status: str, text: str) -> Json:
    headers = {"Retry-After": header("Seconds to wait.")} if status in ("409", "429") else {}
    refusal = answer(text, ref("Error"), headers)
    if status == "401":
        # Who is not known has no calls to count.
        refusal["headers"] = {"WWW-Authenticate": header("How to sign in.")}
    return refusal


def _parameter(name: str, place: str, text: str, schema: Json | None) -> Json:
    described = {"description": text} if text else {}
    return {"name": name, "in": place, **described, "schema": schema or TEXT}


_LEFT: Json = {
    "RateLimit-Policy": header("How many calls a token has (q) in how many seconds (w)."),
    "RateLimit": header("How many are left (r), and seconds until all are again (t)."),
}
_IDEMPOTENCY_KEY = in_header(
    "Idempotency-Key",
    "Up to 200 characters of your choice, new for each thing to do. The same call with the same "
    "key within a day is done once and answered the same.",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
)
