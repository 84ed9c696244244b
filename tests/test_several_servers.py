"""Two Rasa and two action servers, PostgreSQL, Redis, nginx: whoever dies, nobody notices."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import requests

from scripts import training
from support.config import environment
from tests import site as sites
from tests.site import Site
from tests.system import TEAM, wait_for
from tests.visitors import Browser, Program, Visitor
from tests.web_client import Client

WHY_NOT = sites.why_not()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
EACH = 6


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """All of it, switched on."""
    if training.is_needed():
        asyncio.run(training.train(environment()))
    site = Site(tmp_path_factory.mktemp("site"))
    try:
        site.start()
        site.second.settings(
            enabled=True,
            agent_emails=[TEAM],
            response_time="within one working day",
            alternative_contact="call +1 202 555 0199",
            messages_per_minute=600,
            requests_per_client=1000,
            mails_per_hour=1000,
        )
        yield site
    finally:
        site.stop()


def test_answers_in_every_tab_whichever_server_it_is_connected_to(site: Site) -> None:
    first = Client(site.first.rasa_url)
    second = Client(site.second.rasa_url, first.token)
    try:
        assert second.token == first.token
        meet(first, second)
        assert first.say("I want to talk to an agent.") == "taken"
        assert heard(second, "visitor_uttered", "to an agent")
        assert heard(second, "bot_uttered", "your name") == heard(first, "bot_uttered", "your name")
        assert second.say("Ann Lee") == "taken"
        assert heard(second, "bot_uttered", "mail") == heard(first, "bot_uttered", "mail")
        assert first.said() == second.said()
    finally:
        first.close()
        second.close()


def test_takes_a_message_once_that_comes_to_both_servers(site: Site) -> None:
    first = Client(site.first.rasa_url)
    second = Client(site.second.rasa_url, first.token)
    outcomes: list[str] = []
    try:
        at_once = [
            threading.Thread(target=lambda c=c: outcomes.append(c.say("hello", "message-1")))
            for c in (first, second)
        ]
        for thread in at_once:
            thread.start()
        for thread in at_once:
            thread.join()
        assert sorted(outcomes) == ["repeated", "taken"]
        assert [text for who, text in first.said() if who == "visitor"] == ["hello"]
    finally:
        first.close()
        second.close()


def test_answers_a_program_the_same_again(site: Site) -> None:
    message = {"sender": "a-program", "message": "hello", "message_id": "message-1"}
    answers = [
        requests.post(f"{system.rasa_url}/webhooks/rest/webhook", json=message, timeout=30).json()
        for system in (site.first, site.second)
    ]
    assert answers[0] == answers[1] != []
    assert site.typed("rest-a-program") == ["hello"]


def test_loses_and_doubles_nothing_when_one_of_each_is_killed(site: Site) -> None:
    visitors, dead = talk_while_two_die(site)
    stored = Counter(request["email"] for request in site.requests())
    assert stored == Counter(visitor.email for visitor in visitors)
    for visitor in visitors:
        assert site.typed(visitor.kept_as) == list(visitor.texts)
    site.give_back(dead & site.claims())
    with suppress(AssertionError):
        wait_for("all mails", lambda: not site.unsent(), seconds=30)
    assert site.unsent() == []
    assert len(subjects(site)) == len(visitors)
    mails = Counter(mail["Message-ID"] for mail in site.first.mail.received)
    # Whether the one that it was just sending had arrived, a killed process cannot say any more.
    assert sum(mails.values()) - len(mails) <= len(dead)


def meet(speaker: Client, listener: Client) -> None:
    """Speak until the other server listens, which it does from its first visitor on."""

    def look() -> bool:
        speaker.say("hello")
        return not listener.heard["visitor_uttered"].empty()

    wait_for("the other server to listen", look)


def heard(client: Client, event: str, words: str) -> dict[str, Any]:
    """The next event in which that is said."""
    while words not in (said := client.hear(event)).get("text", ""):
        pass
    return dict(said)


def talk_while_two_die(site: Site) -> tuple[list[Visitor], set[str]]:
    """Visitors on both doors, some of whom are just being answered by servers that then die.

    Also the claims by which something was being sent then, by the dead or by the living.
    """
    browsers = [Browser(site.nginx.url, number) for number in range(EACH - 2)]
    # nginx keeps all of this machine's browsers on one server; these two choose for themselves.
    browsers += [
        Browser(system.rasa_url, EACH + n) for n, system in enumerate((site.first, site.second))
    ]
    programs = [Program(site.nginx.url, 100 + number) for number in range(EACH)]
    visitors: list[Visitor] = [*browsers, *programs]
    with ThreadPoolExecutor(len(visitors)) as pool:
        talks: list[Future[None]] = [pool.submit(visitor.talk) for visitor in visitors]
        on_first = browsers[-2]

        def is_time() -> bool:
            third = sum(v.answered for v in visitors) > 2 * len(visitors)
            return third and on_first.tries > on_first.answered

        wait_for("a third, and somebody who is just being answered", is_time, 60)
        site.first.kill_rasa()
        site.first.kill_actions()
        claims = site.claims()
        # Where a browser would connect again.
        on_first.url = site.nginx.url
        for talk in talks:
            talk.result()
    # It did hit them.
    assert sum(v.tries for v in visitors) > sum(v.answered for v in visitors)
    for browser in browsers:
        browser.close()
    return visitors, claims


def subjects(site: Site) -> set[str]:
    """Of the mails that the team has got."""
    return {str(mail["Subject"]) for mail in site.first.mail.received}


def test_apologises_at_both_doors_while_redis_is_down(site: Site) -> None:
    program, browser = Program(site.nginx.url, 200), Client(site.second.rasa_url)
    site.redis.kill()
    try:
        (sorry, *_) = program.insist("hello")
        assert "call +1 202 555 0199" in sorry["text"]
        browser.say("hello")
        assert "call +1 202 555 0199" in browser.hear("bot_uttered")["text"]
        form = requests.get(f"{site.nginx.url}/contact", timeout=10)
        assert form.status_code == 200
    finally:
        site.redis.start()
        browser.close()
    assert "call +1 202" not in program.insist("hello")[0]["text"]
