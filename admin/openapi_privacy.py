"""Erasing a person, and the receipts, in the API's description."""

from __future__ import annotations

from admin import describing as d
from support.matching import LENGTH


def paths() -> d.Json:
    """Looking up, erasing, and the receipts."""
    return {
        "/admin/api/privacy/person": {
            "post": d.writing(
                "lookUpPerson",
                "What is stored of a person",
                d.answer("What would be erased.", d.ref("PersonData")),
                body=d.record({"person": _person()}),
            )
        },
        "/admin/api/privacy/erasures": {
            "get": d.reading(
                "listErasures",
                "Receipts for data that is gone, newest first",
                d.answer("One page of receipts.", d.page("erasures", "Erasure")),
                parameters=[d.limit(), d.cursor()],
                errors={"422": d.PARAMETER_WRONG},
            ),
            "post": _erase(),
        },
    }


def schemas() -> d.Json:
    """What is stored of a person, and a receipt."""
    counts = {
        "type": "object",
        "additionalProperties": d.COUNT,
        "description": "How many rows, by table; conversation_events are Rasa's.",
    }
    others = {
        **d.array(d.TEXT),
        "description": "Requests that are kept, although they or their conversation mention the "
        "person: somebody has to look.",
    }
    kinds = ["retention", "person"]
    return {
        "PersonData": d.record({"references": d.array(d.TEXT), "counts": counts, "others": others}),
        "Erasure": d.record(
            {
                "id": {"type": "integer"},
                "at": d.MOMENT,
                "actor": d.TEXT,
                "kind": {"enum": kinds},
                "counts": counts,
            }
        ),
    }


def _erase() -> d.Json:
    references = {
        **d.array(d.TEXT),
        "description": "Erase only if these are the person's requests, and no others.",
    }
    return d.writing(
        "erasePerson",
        "Erase everything that is stored of a person, for ever",
        d.answer("The receipt.", d.ref("Erasure")),
        body=d.record({"person": _person(), "references": references}, ["references"]),
        status="201",
        errors={
            "404": "Nothing is stored of this person.",
            "409": "The person has other requests by now; or a call with this key is at work.",
        },
    )


def _person() -> d.Json:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": LENGTH,
        "description": "An e-mail address, a phone number, or the reference of a request.",
        "examples": ["ann@example.org", "+1 202 555 0123", "R-7KQ9M"],
    }
