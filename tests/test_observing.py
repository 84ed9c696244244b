"""Calls over HTTP as they are told of, and who may read the figures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import pytest

from support import trace
from support.config import Config
from support.log_lines import Fields
from support.metrics import ActionMetrics, ServerMetrics
from support.observing import Answer, Observer, pattern_of

RIGHT = "Bearer internal"
AN_ID = "0f8c3a5e9d2b4c6f8a1e3d5b7c9f0a2e"
OF_RASA = {"x-support-action": "validate_handoff_form", "x-support-conversation": "5b2f0c9ad1e7"}


@pytest.fixture
def metrics() -> ServerMetrics:
    """An action server's."""
    return ActionMetrics()


@pytest.fixture
def observer(configuration: Config, metrics: ServerMetrics) -> Observer:
    """Of a server without a database."""
    return Observer(configuration, metrics)


def called(
    observer: Observer,
    route: str | None,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    status: int = 200,
    told: bool = False,
) -> str:
    """One call from beginning to end; its id."""
    observer.begin(f"/{route}", headers or {})
    call = trace.call.get()
    if call and told:
        call.told = True
    return observer.end(method, route, status, headers or {})


def lines(caplog: pytest.LogCaptureFixture) -> list[Fields]:
    """What was said beside the sentences."""
    return [each.args for each in caplog.records if isinstance(each.args, Fields)]


def value(metrics: ServerMetrics, name: str, **labels: str) -> float | None:
    """One figure, None when there is none."""
    return metrics.registry.get_sample_value(f"support_{name}", labels)


@pytest.fixture(autouse=True)
def _all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "support.observing")


def test_writes_one_line_a_call(observer: Observer, caplog: pytest.LogCaptureFixture) -> None:
    called(observer, "admin/requests/<reference:str>", method="GET")
    (line,) = lines(caplog)
    assert line.pop("ms") >= 0
    assert len(line.pop("request_id")) == 32
    assert line == {"method": "GET", "route": "/admin/requests/{reference}", "status": 200}


def test_never_tells_the_address_that_was_called(
    observer: Observer, caplog: pytest.LogCaptureFixture
) -> None:
    observer.begin("/ann@example.org", {})
    observer.end("GET", None, 404, {})
    assert [line["route"] for line in lines(caplog)] == ["unmatched"]
    assert "ann@" not in caplog.text


@pytest.mark.parametrize("route", ["health", "status", "metrics", "socket.io", "socket.io/"])
def test_is_quiet_about_probes_and_connections(
    observer: Observer, caplog: pytest.LogCaptureFixture, route: str
) -> None:
    called(observer, route, method="GET")
    assert lines(caplog) == []


def test_leaves_a_call_to_the_line_of_its_turn(
    observer: Observer, metrics: ServerMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    called(observer, "webhooks/rest/webhook", told=True)
    assert lines(caplog) == []
    labels = {"method": "POST", "route": "/webhooks/rest/webhook", "status": "200"}
    assert value(metrics, "http_requests_total", **labels) == 1


@pytest.mark.parametrize("given", [AN_ID, "0f8c3a5e-9d2b-4c6f-8a1e-3d5b7c9f0a2e"])
def test_keeps_a_proxys_id(observer: Observer, given: str) -> None:
    assert called(observer, "contact", {"x-request-id": given}) == given


@pytest.mark.parametrize("given", ["", "ann@example.org", AN_ID.upper(), AN_ID + "0", f"{AN_ID}\n"])
def test_replaces_an_id_that_may_be_something_else(
    observer: Observer, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    assert called(observer, "contact", {"x-request-id": given}) != given
    assert all(line["request_id"] != given for line in lines(caplog))


def test_gives_each_call_an_id_of_its_own(observer: Observer) -> None:
    assert called(observer, "contact") != called(observer, "contact")


def test_tells_what_rasa_wanted(observer: Observer, caplog: pytest.LogCaptureFixture) -> None:
    called(observer, "webhook", OF_RASA)
    (line,) = lines(caplog)
    assert line["action"] == "validate_handoff_form"
    assert line["conversation"] == "5b2f0c9ad1e7"


@pytest.mark.parametrize(
    "route, status, headers",
    [
        ("webhook", 401, OF_RASA),
        ("contact", 200, OF_RASA),
        ("webhook", 200, {"x-support-action": "ann@example.org", "x-support-conversation": "a b"}),
    ],
)
def test_believes_nobody_else_about_that(
    observer: Observer,
    caplog: pytest.LogCaptureFixture,
    route: str,
    status: int,
    headers: dict[str, str],
) -> None:
    called(observer, route, headers, status=status)
    (line,) = lines(caplog)
    assert {"action", "conversation"} & set(line) == set()


def test_counts_a_call_that_never_began(observer: Observer, metrics: ServerMetrics) -> None:
    before = called(observer, "contact")
    assert observer.end("GET", None, 400, {}) != before
    labels = {"method": "GET", "route": "unmatched", "status": "400"}
    assert value(metrics, "http_requests_total", **labels) == 1


def test_takes_what_people_make_up_as_one(
    observer: Observer, metrics: ServerMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    for method in ("BREW", "ann@example.org"):
        called(observer, None, method=method, status=405)
    assert [line["method"] for line in lines(caplog)] == ["other", "other"]
    labels = {"method": "other", "route": "unmatched", "status": "405"}
    assert value(metrics, "http_requests_total", **labels) == 2


def test_takes_no_time_of_connections_that_wait(observer: Observer, metrics: ServerMetrics) -> None:
    called(observer, "socket.io", method="GET")
    called(observer, "contact", method="GET")
    name = "http_request_duration_seconds_count"
    assert value(metrics, name, route="/socket.io") is None
    assert value(metrics, name, route="/contact") == 1


@pytest.mark.parametrize(
    "route, pattern",
    [
        ("", "/"),
        ("chat/<name:path>", "/chat/{name}"),
        ("admin/x/<a:str>/<b:int>/", "/admin/x/{a}/{b}"),
        ("admin/flow/<name:([a-z]+)>", "/admin/flow/{name}"),
    ],
)
def test_writes_routes_as_the_documents_do(route: str, pattern: str) -> None:
    assert pattern_of(route) == pattern


def scrape(observer: Observer, authorization: str) -> Answer:
    """What Prometheus gets."""
    return asyncio.run(observer.scrape(authorization))


def test_shows_the_figures_to_whoever_has_the_token(observer: Observer) -> None:
    answer = scrape(observer, RIGHT)
    assert answer.status == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert b"\nsupport_build_info{" in answer.body


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "internal", "Bearer internal2", "Basic internal", "\udce4"],
)
def test_shows_nothing_to_anybody_else(observer: Observer, authorization: str) -> None:
    answer = scrape(observer, authorization)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"support_build" not in answer.body


def test_refreshes_nothing_for_strangers(configuration: Config, metrics: ServerMetrics) -> None:
    refreshed = []

    async def refresh() -> None:
        refreshed.append(1)

    observer = Observer(configuration, metrics, refresh)
    scrape(observer, "Bearer wrong")
    assert refreshed == []
    scrape(observer, RIGHT)
    assert refreshed == [1]


def test_names_conversations_by_a_hash_that_needs_the_key() -> None:
    named = trace.conversation_hash("secret", "rest-ann@example.org")
    assert named == trace.conversation_hash("secret", "rest-ann@example.org")
    assert len(named) == 12
    assert named != trace.conversation_hash("another", "rest-ann@example.org")
    assert named != trace.conversation_hash("secret", "rest-bob@example.org")
    assert trace.conversation_hash("secret", "\ud800")
