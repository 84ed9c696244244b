"""The API's description in OpenAPI 3.1; the settings in it come from the table of settings."""

from __future__ import annotations

from typing import Any

import phonenumbers

from admin.reading import DEFAULT_LIMIT, MAX_LIMIT
from support.models import DeliveryStatus, EventKind, RequestStatus
from support.settings import MAX_ADDRESSES, MAX_TEXT, SETTINGS, Setting

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
MOMENT: Json = {"type": "string", "format": "date-time"}


def description() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Support Operations",
            "version": "1",
            "description": "Settings of the live-agent handoff, and the requests visitors made.",
        },
        "servers": [{"url": "/"}],
        "security": [{"adminToken": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"adminToken": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _paths() -> Json:
    settings_answer = _answer("The settings in force.", _ref("Settings"))
    settings_answer["headers"] = {"ETag": {"description": "For If-Match.", "schema": TEXT}}
    return {
        "/admin/api/settings": {
            "get": _operation("readSettings", "Read the settings", settings_answer),
            "patch": _patch(settings_answer),
        },
        "/admin/api/settings/history": {
            "get": _operation(
                "listChanges",
                "Who changed which setting, newest first",
                _answer("The newest changes.", _list("changes", "Change")),
                parameters=[_limit()],
                errors={"422": "A parameter is wrong; `field` names it."},
            )
        },
        "/admin/api/requests": {"get": _list_requests()},
        "/admin/api/requests/{reference}": {
            "get": _operation(
                "readRequest",
                "Read one request with its transcript and deliveries",
                _answer("The request.", _ref("Request")),
                parameters=[{"name": "reference", "in": "path", "required": True, "schema": TEXT}],
                errors={"404": "There is no request with this reference."},
            )
        },
        "/admin/api/openapi.json": {"get": _describe()},
    }


def _patch(answer: Json) -> Json:
    patch = _operation(
        "changeSettings",
        "Change some settings, all or none",
        answer,
        parameters=[
            {
                "name": "If-Match",
                "in": "header",
                "description": "Change only the settings that carry this ETag.",
                "schema": TEXT,
            }
        ],
        errors={
            "400": "The body is not JSON.",
            "412": "The settings have changed since this ETag was given.",
            "413": "The body is too large.",
            "422": "A value is refused; `field` names it. Nothing was changed.",
        },
    )
    content = {"application/json": {"schema": _ref("SettingsChange")}}
    return {**patch, "requestBody": {"required": True, "content": content}}


def _list_requests() -> Json:
    before = {
        "name": "before",
        "in": "query",
        "description": "`next` of the page before: continue with older requests.",
        "schema": TEXT,
    }
    page = _list("requests", "RequestSummary")
    page["properties"]["next"] = {**MAYBE_TEXT, "description": "null on the last page."}
    page["required"].append("next")
    return _operation(
        "listRequests",
        "List requests, newest first",
        _answer("One page of requests.", page),
        parameters=[_limit(), before],
        errors={"422": "A parameter is wrong; `field` names it."},
    )


def _describe() -> Json:
    answer = _answer("OpenAPI 3.1.", {"type": "object"})
    operation = _operation("describe", "This description", answer)
    del operation["responses"]["401"]
    return {**operation, "security": []}


def _operation(
    operation_id: str,
    summary: str,
    answer: Json,
    *,
    parameters: list[Json] | None = None,
    errors: dict[str, str] | None = None,
) -> Json:
    refused = {"401": "The admin token is missing or wrong.", **(errors or {})}
    return {
        "operationId": operation_id,
        "summary": summary,
        "parameters": parameters or [],
        "responses": {
            "200": answer,
            **{status: _answer(text, _ref("Error")) for status, text in refused.items()},
        },
    }


def _schemas() -> Json:
    values = {setting.name: _setting(setting) for setting in SETTINGS}
    error = _object({"code": TEXT, "message": TEXT, "field": TEXT}, optional=["field"])
    return {
        "Settings": _object(values),
        "SettingsChange": _object(values, optional=list(values)),
        "Change": _object({"at": MOMENT, "actor": TEXT, "name": TEXT, "old": {}, "new": {}}),
        **_request_schemas(),
        "Error": _object({"error": error}),
    }


def _request_schemas() -> Json:
    contact = {"name": TEXT, "email": MAYBE_TEXT, "phone": MAYBE_TEXT, "reason": TEXT}
    unverified = {**_array(TEXT), "description": "Answers that are as typed, being uncheckable."}
    contact = {**contact, "unverified": unverified}
    stands = {"enum": [status.value for status in RequestStatus]}
    summary = {
        "reference": TEXT,
        "created_at": MOMENT,
        "status": stands,
        **contact,
        "channel": TEXT,
    }
    status = {"enum": [status.value for status in DeliveryStatus]}
    delivery = {"channel": TEXT, "target": TEXT, "status": status}
    attempt = _object({"at": MOMENT, "accepted": {"type": "boolean"}, "answer": TEXT})
    line = _object({"at": MOMENT, "who": {"enum": ["visitor", "assistant"]}, "text": TEXT})
    tried = {
        "id": TEXT,
        "about": {**_event_kind(), "description": "What this message tells."},
        **delivery,
        "created_at": MOMENT,
        "due_at": {**MAYBE_TEXT, "description": "Next attempt, while queued."},
        "attempts": _array(attempt),
    }
    more = {
        "conversation_id": TEXT,
        "page_url": MAYBE_TEXT,
        "transcript": _array(line),
        "history": _array(_event()),
    }
    return {
        "RequestSummary": _object({**summary, "deliveries": _array(_object(delivery))}),
        "Request": _object({**summary, **more, "deliveries": _array(_object(tried))}),
    }


def _event() -> Json:
    detail = {
        "type": "object",
        "description": "created: the answers then; addition: text; correction: changes.",
    }
    return _object({"at": MOMENT, "actor": TEXT, "kind": _event_kind(), "detail": detail})


def _event_kind() -> Json:
    return {"enum": [kind.value for kind in EventKind]}


def _setting(setting: Setting) -> Json:
    by_type: dict[str, Json] = {
        "switch": {"type": "boolean"},
        "addresses": {
            "type": "array",
            "items": {"type": "string", "format": "email"},
            "maxItems": MAX_ADDRESSES,
        },
        "text": {"type": "string", "maxLength": MAX_TEXT},
        "country": {"type": "string", "enum": sorted(phonenumbers.SUPPORTED_REGIONS)},
    }
    if setting.range:
        least, greatest = setting.range
        by_type["number"] = {"type": "integer", "minimum": least, "maximum": greatest}
    return {**by_type[setting.type], "title": setting.label, "description": setting.help}


def _limit() -> Json:
    number = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    return {"name": "limit", "in": "query", "schema": number}


def _list(name: str, schema: str) -> Json:
    return _object({name: _array(_ref(schema))})


def _object(properties: Json, optional: list[str] | None = None) -> Json:
    required = [name for name in properties if name not in (optional or [])]
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


def _answer(text: str, schema: Json) -> Json:
    return {"description": text, "content": {"application/json": {"schema": schema}}}
