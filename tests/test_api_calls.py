"""What holds for every call of the API: keys for doing it once, and how many are left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select, text

from admin.ratelimit import CALLERS_REMEMBERED, RateLimit
from support import database
from support.models import IdempotencyKey
from tests.admin_site import TOKEN, AdminSite, ask, running, switch_on
from tests.system import wait_for


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def change(site: AdminSite, key: str | bytes, values: dict[str, Any], **headers: str) -> Any:
    headers = {"Idempotency-Key": key, **headers}
    return site.api("PATCH", "/settings", json=values, headers=headers)


def history(site: AdminSite) -> int:
    return len(site.api("GET", "/settings/history").json()["changes"])


def test_answers_a_repeated_call_the_same_and_does_it_once(site: AdminSite) -> None:
    first = change(site, "k1", {"response_time": "today"})
    site.change(response_time="tomorrow")
    again = change(site, "k1", {"response_time": "today"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert site.api("GET", "/settings").json()["response_time"] == "tomorrow"
    assert history(site) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"values": {"response_time": "never"}},
        {"values": {"response_time": "today"}, "If-Match": "*"},
    ],
)
def test_refuses_the_key_of_another_call(site: AdminSite, other: dict[str, Any]) -> None:
    change(site, "k1", {"response_time": "today"})
    response = change(site, "k1", **other)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "key_reused"
    assert response.json()["error"]["field"] == "Idempotency-Key"
    assert history(site) == 1


@pytest.mark.parametrize("key", ["", "two words", "é".encode(), "x" * 201])
def test_refuses_what_is_no_key(site: AdminSite, key: str | bytes) -> None:
    response = change(site, key, {"response_time": "today"})
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_key"
    assert history(site) == 0


def test_tries_again_after_a_refusal(site: AdminSite) -> None:
    assert change(site, "k1", {"enabled": True}).status_code == 422
    site.change(agent_emails=["team@example.org"])
    assert change(site, "k1", {"enabled": True}).status_code == 200


def test_does_one_of_many_at_once_and_tells_the_others_to_wait(site: AdminSite) -> None:
    with ThreadPoolExecutor(8) as callers:
        answers = list(
            callers.map(lambda _: change(site, "k1", {"response_time": "today"}), range(16))
        )
    assert {answer.status_code for answer in answers} <= {200, 409}
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert all(answer.headers["Retry-After"] == "1" for answer in waiting)
    assert history(site) == 1
    assert change(site, "k1", {"response_time": "today"}).status_code == 200


def test_does_once_what_a_caller_asks_for_again_who_lost_the_line(site: AdminSite) -> None:
    with database.session_scope() as session:
        # Somebody else writes, so that the call is still at work when its caller goes.
        session.execute(text("UPDATE settings SET value = value"))
        with pytest.raises(requests.Timeout):
            requests.patch(
                f"{site.url}/admin/api/settings",
                json={"response_time": "today"},
                headers={"Authorization": f"Bearer {TOKEN}".encode(), "Idempotency-Key": "k1"},
                timeout=0.5,
            )
    wait_for("the end of the call", lambda: history(site))
    again = change(site, "k1", {"response_time": "today"})
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert history(site) == 1


def test_keeps_nothing_of_what_was_asked(site: AdminSite) -> None:
    body = {"person": "ann@example.org"}
    switch_on()
    ask(1)
    site.api("POST", "/privacy/erasures", json=body, headers={"Idempotency-Key": "k1"})
    with database.read_scope() as session:
        [kept] = session.scalars(select(IdempotencyKey)).all()
    assert kept.status == 201
    assert "ann" not in f"{kept.body}{kept.headers}{kept.fingerprint}{kept.actor}"


def test_leaves_no_claim_behind_when_nobody_is_known(site: AdminSite) -> None:
    headers = {"Idempotency-Key": "k1"}
    site.api("PATCH", "/settings", token="wrong", json={}, headers=headers)
    with database.read_scope() as session:
        assert session.scalars(select(IdempotencyKey)).all() == []


def test_says_in_every_answer_how_many_calls_are_left(tmp_path: Path) -> None:
    with running(tmp_path, API_CALLS_PER_MINUTE="3") as site:
        for left, (path, token) in enumerate([("/settings", None), ("/requests", None)]):
            response = site.api("GET", path, token=token)
            assert response.status_code == 401
            assert response.headers["RateLimit-Policy"] == '"minute";q=3;w=60'
            assert re.fullmatch(rf'"minute";r={2 - left};t=\d+', response.headers["RateLimit"])
        assert site.api("GET", "/requests/nobody").status_code == 404
        assert site.api("GET", "/settings").headers["RateLimit"].startswith('"minute";r=1;')


def test_refuses_more_calls_than_a_minute_has_of_that_token_alone(tmp_path: Path) -> None:
    with running(tmp_path, API_CALLS_PER_MINUTE="3") as site:
        for _ in range(3):
            assert site.change(response_time="today").status_code == 200
        refused = site.change(response_time="never")
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "too_many_calls"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit"].startswith('"minute";r=0;t=')
        assert site.api("GET", "/openapi.json", token=None).status_code == 200
        assert site.admin().page.count("never") == 0


def test_counts_anew_after_a_minute() -> None:
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    assert [limit.take("ann").refused for _ in range(3)] == [False, False, True]
    now[0] = 59.9
    assert limit.take("ann").refused
    assert limit.take("ann").seconds == 1
    now[0] = 60
    left = limit.take("ann")
    assert (left.refused, left.calls, left.seconds) == (False, 1, 60)


def test_remembers_only_so_many_callers() -> None:
    limit = RateLimit(1)
    for number in range(CALLERS_REMEMBERED + 10):
        limit.take(str(number))
    assert len(limit._windows) == CALLERS_REMEMBERED
    assert limit.take(str(CALLERS_REMEMBERED)).refused
    assert not limit.take("0").refused


@pytest.mark.parametrize("sent", ["text/plain", "multipart/form-data; boundary=x", "application/x"])
def test_refuses_a_body_that_is_said_to_be_something_else(site: AdminSite, sent: str) -> None:
    response = site.api("PATCH", "/settings", data=b"{}", headers={"Content-Type": sent})
    assert response.status_code == 415
    assert response.json()["error"]["code"] == "not_json"


@pytest.mark.parametrize(
    "sent", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
)
def test_takes_json_by_each_of_its_names(site: AdminSite, sent: str) -> None:
    response = site.api("PATCH", "/settings", data=b"{}", headers={"Content-Type": sent})
    assert response.status_code == 200


def test_lets_one_of_many_change_the_settings_that_all_have_read(site: AdminSite) -> None:
    tag = site.api("GET", "/settings").headers["ETag"]

    def save(number: int) -> int:
        body = {"response_time": f"in {number} days"}
        response = site.api("PATCH", "/settings", json=body, headers={"If-Match": tag})
        return int(response.status_code)

    with ThreadPoolExecutor(8) as admins:
        assert sorted(admins.map(save, range(8))) == [200, *[412] * 7]
    assert history(site) == 1
