"""The handoff flow in the API's description."""

from __future__ import annotations

from admin import describing as d
from support.flow.field_checks import TYPES
from support.models import JobStatus

STALE = {"412": "Somebody has changed the flow since this ETag was given."}
IF_MATCH = "Save only over the draft that carries this ETag."
ASYNC = "`respond-async`: answer 202 at once instead of waiting up to 12 seconds."
WORK = {"503": "It could not be done; nothing has changed."}
PUBLISHING = {
    **WORK,
    "403": "Only an admin may insist.",
    "409": "It was refused, and the message says why; or something is being published already.",
}


def paths() -> d.Json:
    """The draft, the work on it, and the versions."""
    return {**_draft(), **_work(), **_versions()}


def schemas() -> d.Json:
    """The document, a version, and a piece of work."""
    field = {
        "name": d.TEXT,
        "type": {"type": "string", "enum": list(TYPES)},
        "required": d.FLAG,
        "label": d.TEXT,
        "question": d.TEXT,
        "hint": d.TEXT,
        "error": d.TEXT,
        "choices": d.array(d.TEXT),
        "pattern": d.TEXT,
        "min": d.TEXT,
        "max": d.TEXT,
    }
    optional = [name for name in field if name not in ("name", "question")]
    texts = {"type": "object", "additionalProperties": d.TEXT}
    flow = {
        "trigger_phrases": d.array(d.TEXT),
        "fields": d.array(d.ref("FlowField")),
        "messages": {**texts, "description": "By response; conditions are in square brackets."},
        **_templates(),
    }
    version = {
        "number": {**d.COUNT, "description": "0: the project's files as they are."},
        "status": {"type": "string", "enum": ["published", "archived"]},
        "published_at": d.MAYBE_MOMENT,
        "published_by": d.MAYBE_TEXT,
        "changed_by": d.MAYBE_TEXT,
        "summary": d.array(d.TEXT),
        "figures": {"type": ["object", "null"]},
        "restores": {"type": ["integer", "null"]},
    }
    job = {
        "id": d.TEXT,
        "kind": d.TEXT,
        "status": {"type": "string", "enum": [status.value for status in JobStatus]},
        "step": {**d.MAYBE_TEXT, "description": "What is being done."},
        "actor": d.TEXT,
        "created_at": d.MOMENT,
        "ended_at": d.MAYBE_MOMENT,
        "result": {"type": ["object", "null"]},
    }
    return {
        "FlowField": d.record(field, optional=optional),
        "Flow": d.record(flow),
        "FlowChange": d.record(flow, optional=list(flow)),
        "FlowVersion": d.record(version),
        "FlowVersionInFull": d.record({**version, "flow": d.ref("Flow")}),
        "FlowJob": d.record(job),
    }


def _templates() -> d.Json:
    return {
        "notification": d.record({"subject": d.TEXT, "text": d.TEXT}),
        "chat_message": d.record({"title": d.TEXT, "text": d.TEXT}),
    }


def _draft() -> d.Json:
    answer = d.answer("The draft.", d.ref("Flow"), {"ETag": d.header("For If-Match.")})
    if_match = [d.in_header("If-Match", IF_MATCH)]
    draft = {"number": {"type": ["integer", "null"]}, "tag": d.TEXT}
    changed = {"changed_by": d.MAYBE_TEXT, "changed_at": d.MAYBE_MOMENT}
    state = d.record(
        {
            "draft": {"anyOf": [d.record({**draft, **changed}), {"type": "null"}]},
            "live": d.ref("FlowVersion"),
            "changes": d.array(d.TEXT),
            "publishing": {"anyOf": [d.ref("FlowJob"), {"type": "null"}]},
        }
    )
    importing = d.writing(
        "importFlow", "Keep a YAML file as the draft", answer, parameters=if_match, errors=STALE
    )
    importing["requestBody"] = {"required": True, "content": {"application/yaml": {}}}
    return {
        "/admin/api/flow": {
            "get": d.reading(
                "readFlow", "Read the draft; what is live, when there is none", answer
            ),
            "put": d.writing(
                "saveFlow",
                "Keep the draft; a section that is left out stays as it is",
                answer,
                body=d.ref("FlowChange"),
                parameters=if_match,
                errors=STALE,
            ),
            "delete": d.writing(
                "discardFlow",
                "Begin again from what is live",
                answer,
                parameters=if_match,
                errors=STALE,
            ),
        },
        "/admin/api/flow/state": {
            "get": d.reading(
                "readFlowState",
                "What is draft, what is live, what is different, and the last publishing",
                d.answer("The state.", state),
            )
        },
        "/admin/api/flow/guide": {
            "get": d.reading(
                "readFlowGuide",
                "What can be written where: field types, variables, messages as in the files",
                d.answer("The guide.", {"type": "object"}),
            )
        },
        "/admin/api/flow/file": {
            "get": _yaml("exportFlow", "The draft as a YAML file", []),
            "put": importing,
        },
        "/admin/api/flow/preview": {
            "post": d.writing(
                "previewNotifications",
                "What the team is told of a made-up request; what is left out is as in the draft",
                d.answer("The mail, and the message to chat channels.", d.record(_templates())),
                body=d.ref("FlowChange"),
            )
        },
    }


def _work() -> d.Json:
    prefer = [d.in_header("Prefer", ASYNC)]
    phrases = d.record({"phrases": d.array(d.TEXT)})
    messages = d.record({"messages": d.array(d.TEXT)})
    insist = d.record({"insist": d.FLAG}, optional=["insist"])
    only_this = d.in_header("If-Match", "Publish only the draft that carries this ETag.")
    review = "What changes, figures now and then, each phrase, a conversation, warnings, reasons."
    return {
        "/admin/api/flow/check": {
            "post": _job(
                "checkPhrases", "What is understood today", "Each phrase.", prefer, phrases
            )
        },
        "/admin/api/flow/review": {
            "post": _job("reviewFlow", "Measure what the draft would change", review, prefer)
        },
        "/admin/api/flow/rehearse": {
            "post": _job(
                "rehearseFlow",
                "Talk to the draft; nobody is told, nothing is stored",
                "The conversation, and the mail that it leads to.",
                prefer,
                messages,
            )
        },
        "/admin/api/flow/publish": {
            "post": _job(
                "publishFlow", "Let visitors meet the draft", review, [only_this, *prefer], insist
            ),
            "get": d.reading(
                "readPublishing",
                "How far the last publishing is",
                d.answer("The work.", d.ref("FlowJob")),
            ),
        },
        "/admin/api/flow/jobs/{job_id}": {
            "get": d.reading(
                "readFlowJob",
                "How far a piece of work is",
                d.answer("The work, with its result when it has ended.", d.ref("FlowJob")),
                parameters=[d.in_path("job_id")],
            )
        },
        "/admin/api/flow/versions/{number}/restore": {
            "post": _job(
                "restoreFlowVersion",
                "Let visitors meet an old version again; the draft stays",
                review,
                [_number("number"), *prefer],
                insist,
            )
        },
    }


def _versions() -> d.Json:
    number = _number("number")
    return {
        "/admin/api/flow/versions": {
            "get": d.reading(
                "listFlowVersions",
                "All versions that were published, newest first",
                d.answer("The versions.", d.rows("versions", "FlowVersion")),
            )
        },
        "/admin/api/flow/versions/{number}": {
            "get": d.reading(
                "readFlowVersion",
                "One version with its document",
                d.answer("The version.", d.ref("FlowVersionInFull")),
                parameters=[number],
            )
        },
        "/admin/api/flow/versions/{number}/file": {
            "get": _yaml("exportFlowVersion", "One version as a YAML file", [number])
        },
        "/admin/api/flow/versions/{number}/compare/{other}": {
            "get": d.reading(
                "compareFlowVersions",
                "What the other version does differently, in words",
                d.answer("The differences.", d.record({"changes": d.array(d.TEXT)})),
                parameters=[number, _number("other")],
            )
        },
    }


def _job(
    name: str, summary: str, result: str, parameters: list[d.Json], body: d.Json | None = None
) -> d.Json:
    """Work for a Rasa server: its result, or 202 and where to look."""
    goes_live = body is not None and "insist" in body["properties"]
    errors = PUBLISHING if goes_live else WORK
    operation = d.writing(
        name,
        summary,
        d.answer(result, {"type": "object"}),
        body=body,
        parameters=parameters,
        errors={**errors, **STALE} if name == "publishFlow" else errors,
    )
    where = {"Location": d.header("Where to look for the end.")}
    operation["responses"]["202"] = d.answer("It goes on.", d.ref("FlowJob"), where)
    if goes_live:
        operation["requestBody"]["required"] = False
    return operation


def _yaml(name: str, summary: str, parameters: list[d.Json]) -> d.Json:
    operation = d.reading(name, summary, d.answer("A file.", d.TEXT), parameters=parameters)
    operation["responses"]["200"]["content"] = {"application/yaml": {"schema": d.ref("Flow")}}
    return operation


def _number(name: str) -> d.Json:
    return d.in_path(name, "A version's number.", {"type": "integer", "minimum": 0})
