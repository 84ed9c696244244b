"""Channels: listing, making, changing, deleting and trying them out, and that as an API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.orm import Session

from admin import access, reading, shapes
from admin.answering import answer
from admin.context import site_of
from admin.errors import Refused
from support import audit, channels, database, settings, trial
from support.channel_kinds import KINDS
from support.delivery import utc_now
from support.errors import ChannelError, DeliveryError
from support.guard import Guard
from support.models import Channel
from support.targets import EMAIL, Target
from support.trial import Trial

PARTS = {part.name for kind in KINDS.values() for part in kind.parts}
FIELDS = {"kind", "name", "address", *PARTS, *channels.SWITCHES}


def add_api(api: Blueprint) -> None:
    """The routes below /admin/api."""
    one = "/channels/<channel_id>"
    api.add_route(list_channels, "/channels", methods=["GET"])
    api.add_route(create_channel, "/channels", methods=["POST"])
    api.add_route(read_channel, one, methods=["GET"])
    api.add_route(change_channel, one, methods=["PATCH"])
    api.add_route(delete_channel, one, methods=["DELETE"])
    api.add_route(test_channel, f"{one}/test", methods=["POST"])
    api.add_route(test_mail, "/test-mail", methods=["POST"])


async def list_channels(_: Request) -> HTTPResponse:
    """All channels, by name."""
    return answer({"channels": await asyncio.to_thread(every)})


async def create_channel(request: Request) -> HTTPResponse:
    """Make one. Raises Refused: 409 when there are too many, 422."""
    body = reading.json_object(request)
    return answer(await asyncio.to_thread(create, request, body), status=201)


async def read_channel(_: Request, channel_id: str) -> HTTPResponse:
    """One channel. Raises Refused: 404."""
    return answer(await asyncio.to_thread(find, channel_id))


async def change_channel(request: Request, channel_id: str) -> HTTPResponse:
    """Change what is given of it. Raises Refused: 404, 409 when it is the last way, 422."""
    body = reading.json_object(request)
    return answer(await asyncio.to_thread(change, request, channel_id, body))


async def delete_channel(request: Request, channel_id: str) -> HTTPResponse:
    """Delete it. Raises Refused: 404, 409 when it is the last way."""
    await asyncio.to_thread(delete, request, channel_id)
    return HTTPResponse(status=204)


async def test_channel(request: Request, channel_id: str) -> HTTPResponse:
    """Send a sample request through it, and say what came back. Raises Refused: 404."""
    return answer(vars(await asyncio.to_thread(try_channel, request, channel_id)))


async def test_mail(request: Request) -> HTTPResponse:
    """Send a sample request to one of the addresses in the settings. Raises Refused: 422."""
    body = reading.json_object(request)
    address = body.get("address")
    if set(body) != {"address"} or not isinstance(address, str):
        raise Refused(422, "invalid_value", "The body must be an object with an address.")
    return answer(vars(await asyncio.to_thread(try_address, request, address)))


def every() -> list[dict[str, Any]]:
    """All channels, by name, as they are shown."""
    with database.read_scope() as session:
        return [shapes.channel(row) for row in channels.every(session)]


def find(channel_id: str) -> dict[str, Any]:
    """One channel, as it is shown. Raises Refused: 404."""
    with database.read_scope() as session:
        return shapes.channel(_found(session, channel_id))


def create(request: Request, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check and store a new channel. Raises Refused: 409, 422."""
    try:
        values = channels.checked(given, _guard(request))
        with database.session_scope() as session:
            made = channels.create(session, values, access.person_of(request).name, utc_now())
            return shapes.channel(made)
    except (ChannelError, DeliveryError) as error:
        raise _refused(error) from None


def change(
    request: Request, channel_id: str, given: Mapping[str, Any], version: str | None = None
) -> dict[str, Any]:
    """Check and store what is given. version: of the page that it was typed on.

    Raises Refused: 404, 409 when the page was stale or nobody would be told any more, 422.
    """
    with database.read_scope() as session:
        before = _found(session, channel_id)
    try:
        # Outside the transaction: Apprise takes a while to look at its URL.
        values = channels.checked(given, _guard(request), before)
        with database.session_scope() as session:
            channel = _found(session, channel_id)
            if version is not None and version != shapes.channel(channel)["changed_at"]:
                raise Refused(409, "stale", "The channel was changed after you opened this page.")
            channels.change(session, channel, values, access.person_of(request).name, utc_now())
            return shapes.channel(channel)
    except (ChannelError, DeliveryError) as error:
        raise _refused(error) from None


def delete(request: Request, channel_id: str) -> None:
    """Delete one. Raises Refused: 404, 409 when nobody would be told any more."""
    try:
        with database.session_scope() as session:
            channel = _found(session, channel_id)
            channels.delete(session, channel, access.person_of(request).name, utc_now())
    except ChannelError as error:
        raise _refused(error) from None


def try_channel(request: Request, channel_id: str) -> Trial:
    """Send the sample through a channel, on or off. Raises Refused: 404."""
    with database.read_scope() as session:
        channel = _found(session, channel_id)
    return _try(request, Target(channel.kind, channel.id, channel.name))


def try_address(request: Request, address: str) -> Trial:
    """Send the sample to an address. Raises Refused when it is none of those in the settings."""
    current = settings.current()
    if address not in (*current.agent_emails, *current.alert_emails):
        raise Refused(
            422,
            "invalid_value",
            "Only addresses that stand in the settings are tried out; save it there first.",
            "address",
        )
    return _try(request, Target(EMAIL, address))


def _try(request: Request, target: Target) -> Trial:
    sender_name = settings.current().sender_name
    done = trial.run(site_of(request).senders, target, sender_name, utc_now())
    with database.session_scope() as session:
        detail = {"channel": target.channel, "accepted": done.accepted}
        name = access.person_of(request).name
        audit.record(
            session, name, "channel.tested", target.label or target.address, utc_now(), detail
        )
    return done


def _found(session: Session, channel_id: str) -> Channel:
    channel = channels.find(session, channel_id)
    if channel is None:
        raise Refused(404, "not_found", "There is no such channel.")
    return channel


def _refused(error: ChannelError | DeliveryError) -> Refused:
    if isinstance(error, DeliveryError):
        return Refused(503, "unavailable", f"The address could not be checked: {error}")
    if error.field is None:
        return Refused(409, "conflict", str(error))
    code = "invalid_value" if error.field in FIELDS else "unknown_field"
    return Refused(422, code, str(error), error.field)


def _guard(request: Request) -> Guard:
    return Guard(site_of(request).config.outgoing_allow)
