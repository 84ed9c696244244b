"""Support Operations with a flow that is worked on, for tests that need no Rasa server."""

from __future__ import annotations

import datetime as dt
from typing import Any

from support import database
from support.flow import drafting, jobs, project, versions
from support.flow.document import Changes
from support.flow.versions import Publication
from support.models import FlowJob, JobStatus
from tests.admin_site import NOW

PHRASE = "I wish to converse with a flesh-and-blood employee"
ORDER_NUMBER = {
    "name": "order_number",
    "type": "pattern",
    "pattern": "[A-Z]{2}-?[0-9]{4}",
    "question": "Which order is it about?",
    "hint": "It is on the invoice, such as AB-1234.",
}
KINDS = (jobs.CHECK, jobs.REVIEW, jobs.REHEARSE, jobs.PUBLISH)
MAIL = {
    "subject": "[R-7KQ9M] Ann Lee asks for a person",
    "text": "Ann Lee asks.\n\nOrder  AB-1234\n",
}
CHAT_MESSAGE = {"title": "Ann Lee asks for a person (R-7KQ9M)", "text": "Order AB-1234, in chat"}
TALK = [
    {"who": "visitor", "text": "I want an agent"},
    {"who": "assistant", "text": "First, what's your name?", "buttons": []},
    {"who": "visitor", "text": "Ann Lee"},
    {"who": "assistant", "text": "Shall I send it?", "buttons": ["Send", "Change something"]},
]
CHECKED = {
    "phrases": [
        {
            "text": PHRASE,
            "understood": False,
            "intent": "out_of_scope",
            "confidence": 0.41,
            "ranking": [{"intent": "out_of_scope", "confidence": 0.41}],
            "close_to": [{"text": "a real person", "intent": "request_human", "likeness": 0.8}],
            "also_fits": [{"text": "I met a clerk", "intent": "out_of_scope", "likeness": 0.9}],
        },
        {
            "text": "fetch me a clerk",
            "understood": True,
            "intent": "request_human",
            "confidence": 0.97,
            "ranking": [{"intent": "request_human", "confidence": 0.97}],
            "close_to": [],
            "also_fits": [],
        },
    ]
}
FIGURES = {
    "asks": 293, "found_at_once": 98.98, "found_with_offer": 100.0, "others": 421,
    "false_starts": 0.0, "answerable": 135, "answered": 99.26, "offered_away": 0.74,
}  # fmt: skip
REVIEWED: dict[str, Any] = {
    "changes": [f"Trigger phrase added: “{PHRASE}”", "Field removed: “Phone” (phone)"],
    "figures": {"now": FIGURES, "then": {**FIGURES, "found_at_once": 99.3, "false_starts": 0.24}},
    "flips": [
        {
            "text": "boolean operator",
            "label": "background",
            "now": "out_of_scope",
            "then": "request_human",
            "right_now": True,
            "right_then": False,
        }
    ],
    "added": [{**CHECKED["phrases"][0], "understood_now": False}],
    "removed": [CHECKED["phrases"][1]],
    "replay": {
        "conversation": TALK,
        "mail": MAIL,
        "chat_message": CHAT_MESSAGE,
        "passed": True,
        "why": None,
    },
    "warnings": ["The message utter_request_sent does not say the reference."],
    "reasons": [],
}
REFUSED = {**REVIEWED, "reasons": ["It starts the form for visitors who did not ask: 0.0 % …"]}


def save(actor: str = "ben", **sections: Any) -> versions.Draft:
    """A designer saves sections of the draft."""
    return drafting.save(lambda _: sections, actor, "flow.saved", NOW)[1]


def draft() -> versions.Draft:
    """The draft."""
    with database.read_scope() as session:
        return versions.draft(session, project.read())


def add_both(actor: str = "ben") -> versions.Draft:
    """A designer adds a phrase, and a field before the reason."""
    flow = draft().flow.to_json()
    fields = flow["fields"]
    return save(
        actor,
        trigger_phrases=[PHRASE, *flow["trigger_phrases"]],
        fields=[*fields[:-1], ORDER_NUMBER, fields[-1]],
    )


def publish(restores: int | None = None) -> int:
    """The draft goes live as it is; the version's number."""
    found = draft()
    changes = Changes() if restores == 0 else found.changes
    with database.read_scope() as session:
        live = versions.live_number(session)
    summary = REVIEWED["changes"] * 3
    return versions.publish(
        Publication(changes, live, "carla", summary, REVIEWED["figures"], restores, found.revision),
        NOW,
    )


def job(
    kind: str,
    result: dict[str, Any] | None = None,
    status: JobStatus = JobStatus.DONE,
    step: str | None = None,
    **task: Any,
) -> str:
    """Work that stands like this; its id. result: None: it goes on."""
    now = dt.datetime.now(dt.timezone.utc)
    job_id = jobs.add(kind, {"changes": draft().changes.to_json(), **task}, "ben", now)
    if result is None and step is None:
        return job_id
    assert jobs.claim("server", KINDS, now)
    if step:
        jobs.progress(job_id, "server", step, now)
    if result is not None:
        jobs.finish(job_id, "server", status, result, now)
    return job_id


def newest_job() -> FlowJob:
    """What was asked for last."""
    with database.read_scope() as session:
        found: FlowJob = session.query(FlowJob).order_by(FlowJob.created_at.desc()).first()
        return found


def is_idle() -> None:
    """Nothing goes on any more."""
    with database.session_scope() as session:
        session.query(FlowJob).delete()
