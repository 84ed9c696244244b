"""The flow's API: saving, refusing, and what needs no Rasa server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from admin import audit_words
from support import database
from support.flow import jobs
from support.models import AuditEntry, JobStatus, Role
from tests import team
from tests.admin_site import AdminSite, running

PHRASE = "fetch me a flesh-and-blood clerk"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def flow(site: AdminSite, method: str = "GET", path: str = "", **options: Any) -> requests.Response:
    return site.api(method, f"/flow{path}", **options)


def save(site: AdminSite, **sections: Any) -> requests.Response:
    return flow(site, "PUT", json=sections)


def finish(status: JobStatus, result: dict[str, Any]) -> None:
    """A Rasa server takes the newest job, and this comes of it."""
    now = dt.datetime.now(dt.timezone.utc)
    job = jobs.claim("server", (jobs.PUBLISH, jobs.CHECK), now)
    assert job is not None
    jobs.finish(job.id, "server", status, result, now)


def actions() -> list[str]:
    with database.read_scope() as session:
        return [row.action for row in session.query(AuditEntry).order_by(AuditEntry.id)]


def test_gives_the_flow_of_the_files_at_first(site: AdminSite) -> None:
    response = flow(site)
    assert (response.status_code, response.headers["ETag"]) == (200, '"live-0"')
    sections = ["trigger_phrases", "fields", "messages", "notification", "chat_message"]
    assert list(response.json()) == sections


def test_keeps_what_is_sent_as_the_draft(site: AdminSite) -> None:
    document = flow(site).json()
    document["trigger_phrases"].append(PHRASE)
    saved = flow(site, "PUT", json=document)
    assert (saved.status_code, saved.json()) == (200, document)
    assert flow(site).json() == document
    state = flow(site, path="/state").json()
    assert state["changes"] == [f"Trigger phrase added: “{PHRASE}”"]
    assert (state["draft"]["number"], state["live"]["number"]) == (1, 0)
    assert actions() == ["flow.saved"]


def test_refuses_a_flow_and_says_where_it_is_wrong(site: AdminSite) -> None:
    response = save(site, messages={"utter_thank": "a {b}"}, extra=1)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (422, "invalid_value", "extra")
    assert "messages.utter_thank: Line 1" in error["message"]
    assert flow(site).headers["ETag"] == '"live-0"'
    assert actions() == []


@pytest.mark.parametrize("body, status", [("[]", 422), ("{", 400), ('"a"', 422)])
def test_refuses_a_body_that_is_no_document(site: AdminSite, body: str, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    assert flow(site, "PUT", data=body, headers=headers).status_code == status


def test_takes_thousands_of_phrases(site: AdminSite) -> None:
    phrases = [f"clerk number {n} of this fine house, please come to me" for n in range(4000)]
    assert save(site, trigger_phrases=phrases).status_code == 200
    assert len(flow(site).json()["trigger_phrases"]) == 4000


def test_tells_the_second_of_two_designers(site: AdminSite) -> None:
    tag = flow(site).headers["ETag"]
    first = {"messages": {"utter_thank": "one"}}
    assert flow(site, "PUT", json=first, headers={"If-Match": tag}).status_code == 200
    second = flow(site, "PUT", json={"messages": {}}, headers={"If-Match": tag})
    assert (second.status_code, second.json()["error"]["code"]) == (412, "stale")
    assert "admin" in second.json()["error"]["message"]
    assert flow(site).json()["messages"]["utter_thank"] == "one"
    assert flow(site, "DELETE", headers={"If-Match": tag}).status_code == 412
    tag = flow(site).headers["ETag"]
    assert flow(site, "DELETE", headers={"If-Match": tag}).headers["ETag"] == '"live-0"'


def test_goes_through_a_file_and_back(site: AdminSite) -> None:
    save(site, messages={"utter_thank": "Any time:\nreally!"})
    file = flow(site, path="/file")
    assert file.headers["Content-Type"].startswith("application/yaml")
    assert "handoff-flow.yml" in file.headers["Content-Disposition"]
    flow(site, "DELETE")
    again = flow(site, "PUT", "/file", data=file.content)
    assert again.json()["messages"]["utter_thank"] == "Any time:\nreally!"
    assert flow(site, "PUT", "/file", data=b"a: [").status_code == 422
    assert flow(site, "PUT", "/file", data=b"\xff").status_code == 400
    assert actions()[-1] == "flow.imported"


@pytest.mark.parametrize(
    "section, head, other", [("notification", "subject", "chat_message"),
                             ("chat_message", "title", "notification")]
)  # fmt: skip
def test_shows_what_the_team_is_told_before_it_is_saved(
    site: AdminSite, section: str, head: str, other: str
) -> None:
    sent = {section: {head: "{{ name }}!", "text": "{{ reason }}"}}
    shown = flow(site, "POST", "/preview", json=sent).json()
    assert shown[section][head] == "Ann Lee!"
    assert "Ann Lee" in str(shown[other])
    assert flow(site).headers["ETag"] == '"live-0"'
    broken = {section: {head: "x", "text": "a\n{{ b"}}
    error = flow(site, "POST", "/preview", json=broken).json()["error"]
    assert error["field"] == f"{section}.text"
    assert error["message"].startswith("Line 2")


def test_lists_what_can_be_written_where(site: AdminSite) -> None:
    guide = flow(site, path="/guide").json()
    assert guide["field_types"][0] == "text"
    assert "reference" in guide["messages"]["utter_request_sent"]["variables"]
    assert "answers" in guide["template_variables"]


def test_answers_202_while_a_rasa_server_is_at_work_and_says_how_far(site: AdminSite) -> None:
    response = flow(site, "POST", "/check", json={"phrases": ["hi"]})
    assert response.status_code == 202
    address = response.headers["Location"].removeprefix("/admin/api/flow")
    assert flow(site, path=address).json()["status"] == "queued"
    finish(JobStatus.DONE, {"phrases": []})
    assert flow(site, path=address).json()["result"] == {"phrases": []}
    assert flow(site, path="/jobs/none").status_code == 404


def test_publishes_nothing_when_there_is_no_draft(site: AdminSite) -> None:
    response = flow(site, "POST", "/publish")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "nothing_to_publish")
    assert flow(site, path="/publish").status_code == 404


def test_publishes_one_thing_at_a_time(site: AdminSite) -> None:
    save(site, messages={"utter_thank": "one"})
    assert flow(site, "POST", "/publish", headers={"Prefer": "respond-async"}).status_code == 202
    busy = flow(site, "POST", "/versions/0/restore")
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "busy")
    finish(JobStatus.REFUSED, {"reasons": ["It understands less."]})
    assert flow(site, path="/publish").json()["result"]["reasons"] == ["It understands less."]


def test_publishes_only_the_draft_that_was_looked_at(site: AdminSite) -> None:
    tag = save(site, messages={"utter_thank": "one"}).headers["ETag"]
    save(site, messages={"utter_thank": "two"})
    response = flow(site, "POST", "/publish", headers={"If-Match": tag})
    assert (response.status_code, response.json()["error"]["code"]) == (412, "stale")
    assert flow(site, path="/publish").status_code == 404


def test_lets_an_admin_insist_and_no_designer(site: AdminSite) -> None:
    dora = team.token(team.add("dora", Role.DESIGNER))
    save(site, messages={"utter_thank": "one"})
    response = flow(site, "POST", "/publish", json={"insist": True}, token=dora)
    assert (response.status_code, response.json()["error"]["field"]) == (403, "insist")
    response = flow(site, "POST", "/versions/0/restore", json={"insist": True}, token=dora)
    assert response.status_code == 403
    assert flow(site, path="/publish").status_code == 404
    assert flow(site, "POST", "/publish", json={"insist": True}).status_code == 202


@pytest.mark.parametrize("method, path", [("GET", ""), ("PUT", ""), ("POST", "/publish")])
def test_is_for_designers_and_not_for_agents(site: AdminSite, method: str, path: str) -> None:
    agent = team.token(team.add("carla", Role.AGENT))
    assert flow(site, method, path, json={}, token=agent).status_code == 403


def test_records_who_had_what_done(site: AdminSite) -> None:
    dora = team.token(team.add("dora", Role.DESIGNER))
    flow(site, "PUT", json={"messages": {"utter_thank": "one"}}, token=dora)
    flow(site, "POST", "/review", token=dora)
    flow(site, "DELETE", token=dora)
    with database.read_scope() as session:
        rows = session.query(AuditEntry).filter(AuditEntry.action.startswith("flow."))
        found = [(row.action, row.actor, row.object) for row in rows.order_by(AuditEntry.id)]
    assert found == [
        ("flow.saved", "dora", "version 1"),
        ("flow.reviewed", "dora", "version 1"),
        ("flow.discarded", "dora", None),
    ]
    assert all(audit_words.done(action) != action for action, _, _ in found)


@pytest.mark.parametrize("insist", ["yes", 1, None])
def test_takes_only_true_or_false_for_insisting(site: AdminSite, insist: Any) -> None:
    save(site, messages={"utter_thank": "one"})
    response = flow(site, "POST", "/publish", json={"insist": insist})
    assert (response.status_code, response.json()["error"]["field"]) == (422, "insist")


@pytest.mark.parametrize(
    "path, sent",
    [
        ("/check", {}),
        ("/check", {"phrases": []}),
        ("/check", {"phrases": ["a"] * 51}),
        ("/check", {"phrases": [1]}),
        ("/rehearse", {"messages": [" "]}),
        ("/rehearse", {"messages": "a"}),
    ],
)
def test_refuses_texts_that_are_none(site: AdminSite, path: str, sent: dict[str, Any]) -> None:
    assert flow(site, "POST", path, json=sent).status_code == 422


def test_knows_version_0_and_no_other_at_first(site: AdminSite) -> None:
    listed = flow(site, path="/versions").json()["versions"]
    assert [(each["number"], each["status"]) for each in listed] == [(0, "published")]
    assert flow(site, path="/versions/0").json()["flow"] == flow(site).json()
    assert flow(site, path="/versions/0/file").status_code == 200
    assert flow(site, path="/versions/0/compare/0").json() == {"changes": []}
    for path in ("/versions/1", "/versions/1/file", "/versions/0/compare/1"):
        assert flow(site, path=path).status_code == 404
    assert flow(site, "POST", "/versions/1/restore").status_code == 404


@pytest.mark.parametrize("method, path", [("GET", ""), ("PUT", ""), ("POST", "/publish")])
def test_is_for_those_who_are_signed_in(site: AdminSite, method: str, path: str) -> None:
    assert flow(site, method, path, token=None).status_code == 401
