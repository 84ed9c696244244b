"""Requests in the API's description: listing, reading, working on them, exporting."""

from __future__ import annotations

from admin import describing as d
from support import exports, work
from support.inbox import Sort, Trouble
from support.models import DeliveryStatus, EventKind, RequestStatus
from support.work import Action, Whom

NO_REQUEST = {"404": "There is no request with this reference."}
SUMMARIES = {
    Action.TAKE: "Take a request, so that the others of the team leave it to you",
    Action.GIVE_BACK: "Give a request back to the team, whoever has it",
    Action.ANSWER: "Mark a request as answered; whoever does has taken it",
    Action.CLOSE: "Close a request",
    Action.REOPEN: "Reopen a request; it goes back to whoever had it",
}
FORMATS = {"enum": ["csv", "excel", "json"], "default": "csv"}


def paths() -> d.Json:
    """Every route below /admin/api/requests."""
    one = "/admin/api/requests/{reference}"
    return {
        "/admin/api/requests": {"get": _list()},
        "/admin/api/requests/export": {"get": _export()},
        one: {
            "get": d.reading(
                "readRequest",
                "Read one request with its transcript, history and deliveries",
                _one("The request."),
                parameters=[d.in_path("reference")],
                errors=NO_REQUEST,
            )
        },
        f"{one}/notes": {
            "post": d.writing(
                "addNote",
                "Write a note for the team",
                _one("The request, with the note."),
                body=d.record({"text": {**d.TEXT, "minLength": 1, "maxLength": work.NOTE_LENGTH}}),
                status="201",
                parameters=[d.in_path("reference")],
                errors=NO_REQUEST,
            )
        },
        f"{one}/resend": {"post": _resend()},
        **{f"{one}/{action.value}": {"post": _do(action)} for action in Action},
    }


def schemas() -> d.Json:
    """A request in a list, and all of one."""
    unverified = {**d.array(d.TEXT), "description": "Answers that are as typed, being uncheckable."}
    summary = {
        "reference": d.TEXT,
        "created_at": d.MOMENT,
        "status": {"enum": [status.value for status in RequestStatus]},
        "taken_by": d.MAYBE_TEXT,
        "taken_at": d.MAYBE_MOMENT,
        "name": d.TEXT,
        "email": d.MAYBE_TEXT,
        "phone": d.MAYBE_TEXT,
        "reason": d.TEXT,
        "unverified": unverified,
        "answers": d.array(d.record({"name": d.TEXT, "label": d.TEXT, "value": d.TEXT})),
        "channel": d.TEXT,
    }
    line = d.record({"at": d.MOMENT, "who": {"enum": ["visitor", "assistant"]}, "text": d.TEXT})
    actions = {"enum": [action.value for action in Action]}
    more = {
        "version": {**d.COUNT, "description": "Another number after whatever happened; the ETag."},
        "changed_at": d.MAYBE_MOMENT,
        "ended_at": d.MAYBE_MOMENT,
        "possible": {**d.array(actions), "description": "What can be done with it now."},
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


def _list() -> d.Json:
    return d.reading(
        "listRequests",
        "Search and list requests",
        d.answer("One page of requests.", d.page("requests", "RequestSummary")),
        parameters=[*_filters(), d.limit(), d.cursor()],
        errors={"422": d.PARAMETER_WRONG},
    )


def _export() -> d.Json:
    chosen = {**d.array(d.TEXT), "maxItems": exports.MOST_CHOSEN}
    operation = d.reading(
        "exportRequests",
        "Export requests as a file",
        d.answer(
            "The file; csv and excel have a line for each request.",
            d.record({"requests": d.array(d.ref("Request"))}),
            {"Content-Disposition": d.header("The file's name.")},
        ),
        parameters=[
            d.in_query("format", "excel: CSV that Excel knows to be UTF-8.", FORMATS),
            d.in_query("reference", "Those to export; none: all that fit the filters.", chosen),
            *_filters(),
        ],
        errors={"422": d.PARAMETER_WRONG},
    )
    operation["responses"]["200"]["content"]["text/csv"] = {"schema": d.TEXT}
    return operation


def _filters() -> list[d.Json]:
    statuses = {"enum": ["open", *(status.value for status in RequestStatus)]}
    day = {"type": "string", "format": "date"}
    return [
        d.in_query("q", "Words, each the beginning of one in the answers or the reference.",
                   {**d.TEXT, "maxLength": 200}),
        d.in_query("status", "Any of these; open: new or taken.", d.array(statuses)),
        d.in_query("taken_by", "A name, or `me`.", {**d.TEXT, "maxLength": 200}),
        d.in_query("since", "The first day, in UTC.", day),
        d.in_query("until", "The last day, in UTC.", day),
        d.in_query(
            "delivery",
            "failed: a message to the team was given up, and none accepted since; waiting: one is "
            "still to be accepted.",
            {"enum": [each.value for each in Trouble]},
        ),
        d.in_query(
            "sort",
            "waiting: longest waiting first, new and taken ones unless `status` says otherwise.",
            {"enum": [each.value for each in Sort], "default": Sort.NEWEST.value},
        ),
    ]  # fmt: skip


def _do(action: Action) -> d.Json:
    return d.writing(
        f"{action.name.lower()}Request".replace("_b", "B"),
        SUMMARIES[action],
        _one("The request, as it is now; also when that was done already."),
        parameters=[
            d.in_path("reference"),
            d.in_header("If-Match", "Do it only if the request still has this ETag."),
        ],
        errors={
            **NO_REQUEST,
            "409": "Somebody else has it, or it cannot be done in this status.",
            "412": "The request has changed since this ETag was given.",
        },
    )


def _resend() -> d.Json:
    return d.writing(
        "resendDelivery",
        "Have a message to the team made once more",
        _one("The request, with the new delivery."),
        body=d.record(
            {
                "delivery": {**d.TEXT, "description": "The id of one that was sent or failed."},
                "to": {
                    "enum": [each.value for each in Whom],
                    "description": "same: whom it was for; team: the team as it is now.",
                },
            }
        ),
        status="201",
        parameters=[d.in_path("reference")],
        errors={
            "404": "There is no such request, or no such delivery of it.",
            "409": "The message is still on its way.",
        },
    )


def _one(text: str) -> d.Json:
    return d.answer(text, d.ref("Request"), {"ETag": d.header("For If-Match.")})


def _delivery() -> d.Json:
    status = {"enum": [status.value for status in DeliveryStatus]}
    return {"channel": d.TEXT, "target": d.TEXT, "label": d.MAYBE_TEXT, "status": status}


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
        "description": "created: the answers then; addition, note: text; correction: changes; "
        "resent: delivery, to.",
    }
    return d.record({"at": d.MOMENT, "actor": d.TEXT, "kind": _event_kind(), "detail": detail})


def _event_kind() -> d.Json:
    return {"enum": [kind.value for kind in EventKind]}
