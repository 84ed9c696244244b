"""Requests in the API's description."""

from __future__ import annotations

from admin import describing as d
from support.models import DeliveryStatus, EventKind, RequestStatus


def paths() -> d.Json:
    """Listing and reading."""
    before = d.in_query("before", "`next` of the page before: continue with older requests.")
    return {
        "/admin/api/requests": {
            "get": d.reading(
                "listRequests",
                "List requests, newest first",
                d.answer("One page of requests.", d.page("requests", "RequestSummary")),
                parameters=[d.limit(), before],
                errors={"422": d.PARAMETER_WRONG},
            )
        },
        "/admin/api/requests/{reference}": {
            "get": d.reading(
                "readRequest",
                "Read one request with its transcript and deliveries",
                d.answer("The request.", d.ref("Request")),
                parameters=[d.in_path("reference")],
                errors={"404": "There is no request with this reference."},
            )
        },
    }


def schemas() -> d.Json:
    """A request in a list, and all of one."""
    unverified = {**d.array(d.TEXT), "description": "Answers that are as typed, being uncheckable."}
    summary = {
        "reference": d.TEXT,
        "created_at": d.MOMENT,
        "status": {"enum": [status.value for status in RequestStatus]},
        "name": d.TEXT,
        "email": d.MAYBE_TEXT,
        "phone": d.MAYBE_TEXT,
        "reason": d.TEXT,
        "unverified": unverified,
        "channel": d.TEXT,
    }
    line = d.record({"at": d.MOMENT, "who": {"enum": ["visitor", "assistant"]}, "text": d.TEXT})
    more = {
        "conversation_id": d.TEXT,
        "page_url": d.MAYBE_TEXT,
        "transcript": d.array(line),
        "history": d.array(_event()),
    }
    stands = d.array(d.record(_delivery()))
    return {
        "RequestSummary": d.record({**summary, "deliveries": stands}),
        "Request": d.record({**summary, **more, "deliveries": d.array(_tried())}),
    }


def _delivery() -> d.Json:
    status = {"enum": [status.value for status in DeliveryStatus]}
    return {"channel": d.TEXT, "target": d.TEXT, "status": status}


def _tried() -> d.Json:
    attempt = d.record({"at": d.MOMENT, "accepted": d.FLAG, "answer": d.TEXT})
    return d.record(
        {
            "id": d.TEXT,
            "about": {**_event_kind(), "description": "What this message tells."},
            **_delivery(),
            "created_at": d.MOMENT,
            "due_at": {**d.MAYBE_TEXT, "description": "Next attempt, while queued."},
            "attempts": d.array(attempt),
        }
    )


def _event() -> d.Json:
    detail = {
        "type": "object",
        "description": "created: the answers then; addition: text; correction: changes.",
    }
    return d.record({"at": d.MOMENT, "actor": d.TEXT, "kind": _event_kind(), "detail": detail})


def _event_kind() -> d.Json:
    return {"enum": [kind.value for kind in EventKind]}
