"""Channels in the API's description; their kinds and parts come from the table of kinds."""

from __future__ import annotations

from admin import describing as d
from support.channel_kinds import KINDS, MAX_URL
from support.channels import MAX_NAME, SWITCHES

LAST = "Nobody would be told of requests any more, or there are too many channels."
UNCHECKED = {"503": "The address could not be checked just now."}


def paths() -> d.Json:
    """Listing, making, changing, deleting and trying out."""
    channel = d.answer("The channel.", d.ref("Channel"))
    here = [d.in_path("channel_id", "The channel's id.")]
    return {
        "/admin/api/channels": {
            "get": d.reading(
                "listChannels",
                "All channels, by name",
                d.answer("The channels.", d.rows("channels", "Channel")),
            ),
            "post": d.writing(
                "createChannel",
                "Make a channel",
                channel,
                body=d.ref("NewChannel"),
                status="201",
                errors={"409": LAST, **UNCHECKED},
            ),
        },
        "/admin/api/channels/{channel_id}": {
            "get": d.reading("readChannel", "One channel", channel, parameters=here),
            "patch": d.writing(
                "changeChannel",
                "Change some of a channel",
                channel,
                body=d.ref("ChannelChange"),
                parameters=here,
                errors={"409": LAST, **UNCHECKED},
            ),
            "delete": d.writing(
                "deleteChannel",
                "Delete a channel; what waits for it fails",
                d.nothing("It is gone."),
                status="204",
                parameters=here,
                errors={"409": LAST},
            ),
        },
        "/admin/api/channels/{channel_id}/test": {
            "post": d.writing(
                "testChannel",
                "Send a sample request through a channel, marked as a test",
                d.answer("What came back.", d.ref("Trial")),
                parameters=here,
            )
        },
        "/admin/api/test-mail": {
            "post": d.writing(
                "testMail",
                "Send a sample request to an address in the settings, marked as a test",
                d.answer("What came back.", d.ref("Trial")),
                body=d.record({"address": d.TEXT}),
            )
        },
    }


def schemas() -> d.Json:
    """A channel as it is shown, as it is made and changed, and what came of a test."""
    name = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
    switches = dict.fromkeys(SWITCHES, d.FLAG)
    address = {
        "description": "Where it leads. It is never shown again. What a change leaves out stays.",
        "anyOf": [_address(kind.name) for kind in KINDS.values()],
    }
    hint = {**d.TEXT, "description": "The end of the address, to recognise it by."}
    shown = {"id": d.TEXT, "kind": {"enum": list(KINDS)}, "name": name, "hint": hint}
    new = {"kind": {"enum": list(KINDS)}, "name": name, "address": address, **switches}
    changed = {"name": name, "address": address, **switches}
    return {
        "Channel": d.record({**shown, **switches, "created_at": d.MOMENT, "changed_at": d.MOMENT}),
        "NewChannel": d.record(new, optional=list(SWITCHES)),
        "ChannelChange": d.record(changed, optional=list(changed)),
        "Trial": d.record({"accepted": d.FLAG, "answer": d.TEXT}),
    }


def _address(kind: str) -> d.Json:
    parts = KINDS[kind].parts
    described = {
        part.name: {"type": "string", "maxLength": MAX_URL, "description": part.help}
        for part in parts
    }
    return {**d.record(described, optional=list(described)), "title": KINDS[kind].label}
