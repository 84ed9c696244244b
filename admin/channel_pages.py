"""The pages of channels: a list with tests, and a form for one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import channels, gate, reading
from admin.context import render
from admin.errors import Refused
from support import settings
from support.channel_kinds import KINDS, Kind
from support.channels import SWITCHES

HOME = "/admin/channels"


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/channels", methods=["GET"], name="channels")
    pages.add_route(show_new, "/channels/new/<kind>", methods=["GET"])
    pages.add_route(save_new, "/channels/new/<kind>", methods=["POST"])
    pages.add_route(try_address, "/channels/test-mail", methods=["POST"])
    pages.add_route(show_one, "/channels/<channel_id>", methods=["GET"])
    pages.add_route(save_one, "/channels/<channel_id>", methods=["POST"])
    pages.add_route(try_one, "/channels/<channel_id>/test", methods=["POST"])
    pages.add_route(delete_one, "/channels/<channel_id>/delete", methods=["POST"])


async def show(request: Request) -> HTTPResponse:
    """All channels, and the addresses that get mail."""
    return await _list(request, done=request.args.get("done"))


async def show_new(request: Request, kind: str) -> HTTPResponse:
    """An empty form for a channel of this kind."""
    # A key made up here is better than one that somebody thinks of.
    typed = {"signing_key": secrets.token_urlsafe(32), "enabled": "on", "for_requests": "on"}
    return _form(request, _kind(kind), typed)


async def save_new(request: Request, kind: str) -> HTTPResponse:
    """Make the channel; what was refused is shown again with what was typed."""
    posted, of = reading.form(request), _kind(kind)
    given = {**_given(of, posted), "kind": kind}
    try:
        await asyncio.to_thread(channels.create, request, given)
    except Refused as why:
        return _form(request, of, posted, why=why)
    return gate.see_other(f"{HOME}?done=created")


async def show_one(request: Request, channel_id: str) -> HTTPResponse:
    """The form as it stands, but for the address, which is never shown."""
    channel = await asyncio.to_thread(channels.find, channel_id)
    return _form(request, _kind(channel["kind"]), _typed(channel), channel)


async def save_one(request: Request, channel_id: str) -> HTTPResponse:
    """Save the form; an empty part of the address stays as it is."""
    posted = reading.form(request)
    channel = await asyncio.to_thread(channels.find, channel_id)
    kind = _kind(channel["kind"])
    version = posted.get("version", "")
    try:
        given = _given(kind, posted, keep_empty=False)
        await asyncio.to_thread(channels.change, request, channel_id, given, version)
    except Refused as why:
        return _form(request, kind, posted, channel, why)
    return gate.see_other(f"{HOME}?done=saved")


async def delete_one(request: Request, channel_id: str) -> HTTPResponse:
    """Delete it."""
    try:
        await asyncio.to_thread(channels.delete, request, channel_id)
    except Refused as why:
        if why.status_code == 404:
            raise
        return await _list(request, status=why.status_code, error=str(why))
    return gate.see_other(f"{HOME}?done=deleted")


async def try_one(request: Request, channel_id: str) -> HTTPResponse:
    """Send the sample through it, and show what came back."""
    channel = await asyncio.to_thread(channels.find, channel_id)
    tried = await asyncio.to_thread(channels.try_channel, request, channel_id)
    return await _list(request, tried=(channel["name"], tried))


async def try_address(request: Request) -> HTTPResponse:
    """Send the sample to an address, and show what came back."""
    address = reading.form(request).get("address", "")
    try:
        tried = await asyncio.to_thread(channels.try_address, request, address)
    except Refused as why:
        return await _list(request, status=why.status_code, error=str(why))
    return await _list(request, tried=(address, tried))


async def _list(request: Request, status: int = 200, **shown: Any) -> HTTPResponse:
    current = await asyncio.to_thread(settings.current)
    addresses = dict.fromkeys((*current.agent_emails, *current.alert_emails))
    values = {"done": None, "error": None, "tried": None, **shown}
    return render(
        request,
        "channels.html",
        status=status,
        channels=await asyncio.to_thread(channels.every),
        kinds=KINDS,
        addresses=[
            (address, address in current.agent_emails, address in current.alert_emails)
            for address in addresses
        ],
        **values,
    )


def _form(
    request: Request,
    kind: Kind,
    typed: Mapping[str, str],
    channel: Mapping[str, Any] | None = None,
    why: Refused | None = None,
) -> HTTPResponse:
    return render(
        request,
        "channel.html",
        status=why.status_code if why else 200,
        kind=kind,
        typed=typed,
        channel=channel,
        why=why,
        action=f"{HOME}/{quote(channel['id'])}" if channel else f"{HOME}/new/{kind.name}",
    )


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Refused(404, "not_found", "There is no such kind of channel.")
    return KINDS[name]


def _given(kind: Kind, posted: Mapping[str, str], keep_empty: bool = True) -> dict[str, Any]:
    """What the form asks for. keep_empty: whether an empty part of the address is one."""
    parts = {part.name: posted.get(part.name, "").strip() for part in kind.parts}
    address = {name: text for name, text in parts.items() if text or keep_empty}
    switches = {name: posted[name] == "on" for name in SWITCHES if name in posted}
    given = {"name": posted.get("name", ""), **switches}
    return {**given, "address": address} if address else given


def _typed(channel: Mapping[str, Any]) -> dict[str, str]:
    switches = {name: "on" if channel[name] else "off" for name in SWITCHES}
    return {"name": channel["name"], **switches}
