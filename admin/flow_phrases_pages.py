"""The page of trigger phrases: finding, adding, removing, and what is understood today."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import flow_draft, flow_jobs, gate, reading
from admin.context import render
from admin.errors import Refused
from admin.flow_draft import State
from support.errors import FlowError
from support.fields import tidy
from support.flow import jobs
from support.flow.document import same
from support.flow.drafting import Sections
from support.flow.versions import Draft

ADDRESS = "/admin/flow/phrases"
A_PAGE = 100
MAX_WORDS = 200
# The live assistant is asked about so many at once; a review measures more.
MOST_CHECKED = 50
# People paste lists with what marks their lines.
BULLET = re.compile(r"^\s*(?:[-*•]\s+)?")
LINE = re.compile(r"trigger_phrases\[(\d+)\]")


@dataclass(frozen=True)
class Listed:
    """One page of the list. rows: each phrase, and whether it is new, removed, or neither ('')."""

    rows: list[tuple[str, str]]
    found: int
    page: int
    pages: int


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/flow/phrases", methods=["GET"], name="flow_phrases")
    pages.add_route(change, "/flow/phrases", methods=["POST"], name="change_flow_phrases")


async def show(request: Request) -> HTTPResponse:
    """The list, and what was just added or asked about."""
    return await _page(request)


async def change(request: Request) -> HTTPResponse:
    """Add, ask about, remove, put back."""
    posted = reading.form(request)
    # Back to the same part of the list; cut, because addresses have an end.
    where = {name: posted[name][:MAX_WORDS] for name in ("q", "show", "page") if posted.get(name)}
    try:
        if "remove" in posted:
            return await _remove(request, [posted["remove"]], where)
        if "undo" in posted:
            job = await flow_jobs.find(posted["undo"], jobs.CHECK)
            return await _remove(request, job.task["texts"], {})
        if "back" in posted:
            phrases, then = [posted["back"]], {**where, "done": "back"}
        elif posted.get("do") in ("add", "check"):
            phrases, then = lines(posted.get("phrases", "")), {}
        else:
            raise Refused(422, "invalid_value", "This form is not one of this page's.")
        if posted.get("do") == "check" and "back" not in posted:
            return await _check(request, phrases)
        return await _add(request, phrases, then)
    except FlowError as why:
        return await _page(request, why=why, typed=posted.get("phrases", ""))


def lines(text: str) -> list[str]:
    """The phrases that somebody typed or pasted, one a line."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        phrase = tidy(BULLET.sub("", line))
        if phrase:
            found.setdefault(same(phrase), phrase)
    return list(found.values())


async def _add(request: Request, phrases: list[str], then: dict[str, str]) -> HTTPResponse:
    if not phrases:
        raise FlowError([("trigger_phrases", "Write what a visitor may say, one phrase a line.")])
    fresh: list[str] = []

    def add(draft: Draft) -> Sections:
        have = {same(phrase) for phrase in draft.flow.trigger_phrases}
        fresh[:] = [phrase for phrase in phrases if same(phrase) not in have]
        return {"trigger_phrases": [*fresh, *draft.flow.trigger_phrases]}

    try:
        saved = await asyncio.to_thread(flow_draft.change, request, add, seen=_seen(request))
    except FlowError as why:
        raise _about(fresh, why) from None
    told = {"added": str(len(fresh)), "known": str(len(phrases) - len(fresh))}
    if fresh and not then:
        told["job"] = await flow_jobs.ask(request, jobs.CHECK, {"texts": fresh[:MOST_CHECKED]})
    return _back({**(then or told), **({"also": "1"} if saved.by_others else {})})


async def _check(request: Request, phrases: list[str]) -> HTTPResponse:
    if not 1 <= len(phrases) <= MOST_CHECKED or any(len(each) > 200 for each in phrases):
        why = f"From 1 to {MOST_CHECKED} phrases, each up to 200 characters, can be asked about."
        raise FlowError([("trigger_phrases", why)])
    return _back({"job": await flow_jobs.ask(request, jobs.CHECK, {"texts": phrases})})


async def _remove(request: Request, phrases: list[str], where: dict[str, str]) -> HTTPResponse:
    gone = {same(phrase) for phrase in phrases}

    def remove(draft: Draft) -> Sections:
        kept = [phrase for phrase in draft.flow.trigger_phrases if same(phrase) not in gone]
        return {"trigger_phrases": kept}

    saved = await asyncio.to_thread(flow_draft.change, request, remove, seen=_seen(request))
    return _back({**where, "done": "removed", **({"also": "1"} if saved.by_others else {})})


def _seen(request: Request) -> str | None:
    return reading.form(request).get("version")


def _back(query: dict[str, str]) -> HTTPResponse:
    return gate.see_other(f"{ADDRESS}?{urlencode(query)}#list" if query else ADDRESS)


async def _page(request: Request, why: FlowError | None = None, typed: str = "") -> HTTPResponse:
    state = await asyncio.to_thread(flow_draft.read)
    args = request.args if request.method == "GET" else {}
    words, shown = args.get("q", ""), args.get("show", "")
    job = await flow_jobs.find(args["job"][0], jobs.CHECK) if "job" in args else None
    asked_only = job is not None and "added" not in args
    return render(
        request,
        "flow_phrases.html",
        status=422 if why else 200,
        state=state,
        listed=listed(state, words, shown, args.get("page", "1")),
        words_asked=words,
        shown=shown,
        query=urlencode({name: value for name, value in (("q", words), ("show", shown)) if value}),
        job=job,
        asked_only=asked_only,
        have={same(phrase) for phrase in state.flow.trigger_phrases},
        same=same,
        typed=typed or ("\n".join(job.task["texts"]) if job is not None and asked_only else ""),
        errors=[text for _, text in why.problems[:10]] if why else [],
        added=_number(args.get("added", "")),
        known=_number(args.get("known", "")),
        done=args.get("done"),
        also="also" in args,
    )


def listed(state: State, words: str, shown: str, page: str) -> Listed:
    """The phrases that have all these words; show: 'changed' for what is not live yet."""
    live = {same(phrase) for phrase in state.live.trigger_phrases}
    draft = {same(phrase) for phrase in state.flow.trigger_phrases}
    rows = [
        (phrase, "" if same(phrase) in live else "new") for phrase in state.flow.trigger_phrases
    ]
    rows.sort(key=lambda row: row[1] != "new")
    gone = [(each, "removed") for each in state.live.trigger_phrases if same(each) not in draft]
    if shown == "changed":
        rows = [*(row for row in rows if row[1]), *gone]
    wanted = words.casefold().split()
    found = [row for row in rows if all(word in row[0].casefold() for word in wanted)]
    pages = max(1, -(-len(found) // A_PAGE))
    number = min(max(1, _number(page) or 1), pages)
    return Listed(found[(number - 1) * A_PAGE : number * A_PAGE], len(found), number, pages)


def _about(phrases: list[str], why: FlowError) -> FlowError:
    """What is wrong, each with the phrase it is about. phrases: those that were sent first."""
    found = []
    for where, text in why.problems:
        number = LINE.fullmatch(where)
        at = int(number[1]) if number else len(phrases)
        found.append((where, f"“{phrases[at][:80]}”: {text}" if at < len(phrases) else text))
    return FlowError(found)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else None
