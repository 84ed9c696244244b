"""The flow's page: the picture, what is live and what is draft, discarding, files, who may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.flow import jobs
from support.models import Role
from tests import flow_site, team
from tests.admin_site import AdminSite, Browser, running, switch_on, words

# YAML writes what no database can hold.
UNSTORABLE = r'messages: {utter_thank: "a\0b"}'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


@pytest.fixture
def designer(site: AdminSite) -> Browser:
    """Dora, signed in."""
    team.add("dora", Role.DESIGNER)
    return team.browser(site, "dora")


def test_discards_nothing_that_somebody_has_changed_since(
    site: AdminSite, designer: Browser
) -> None:
    flow_site.add_both()
    designer.get("/admin/flow")
    flow_site.save("ben", messages={"utter_thank": "Ta."})
    answer = designer.post("/admin/flow/discard")
    assert answer.status_code == 409
    assert "Nothing was discarded: ben has changed the draft" in words(answer.text)
    assert flow_site.draft().flow.messages["utter_thank"] == "Ta."


@pytest.mark.parametrize(
    "file", ["", "a: [", "[]", "nothing: 1", "fields: []", "x: &a\ny: *a", UNSTORABLE]
)
def test_imports_no_file_that_is_no_flow(site: AdminSite, designer: Browser, file: str) -> None:
    designer.get("/admin/flow/import")
    answer = designer.post("/admin/flow/import", file=file)
    assert answer.status_code == 422
    assert "Nothing was imported." in words(answer.text)
    assert flow_site.draft().number is None


def test_imports_over_no_draft_that_was_not_seen(site: AdminSite, designer: Browser) -> None:
    designer.get("/admin/flow/import")
    flow_site.save("ben", messages={"utter_thank": "Ta."})
    answer = designer.post("/admin/flow/import", file="messages: {utter_thank: Mine.}")
    assert answer.status_code == 409
    assert "ben has changed the draft" in words(answer.text)
    assert "utter_thank: Mine." in words(answer.text)
    assert designer.post("/admin/flow/import", file="messages: {utter_thank: Mine.}").ok
    assert flow_site.draft().flow.messages["utter_thank"] == "Mine."


def test_is_not_for_agents_and_not_in_their_way(site: AdminSite) -> None:
    team.add("abe", Role.AGENT)
    agent = team.browser(site, "abe")
    assert "Handoff flow" not in words(agent.page)
    assert agent.get("/admin/flow").status_code == 403


def test_is_where_a_designer_gets_to_by_signing_in(designer: Browser) -> None:
    assert "<h1>Handoff flow</h1>" in designer.page
    # Settings are for admins, so the first step leads nowhere.
    assert 'href="/admin"' not in designer.page.split("<main")[1]


def test_appears_in_the_settings_once_somebody_would_be_told(site: AdminSite) -> None:
    admin = site.admin()
    assert "Go to handoff flow" not in words(admin.page)
    site.change(agent_emails=["team@example.org"])
    assert "Go to handoff flow" in words(admin.get("/admin").text)


def test_appears_in_the_settings_for_a_channel_too(site: AdminSite) -> None:
    address = {"url": "https://hooks.slack.com/services/T000/B000/abcdefghijkl"}
    channel = {"kind": "slack", "name": "#support", "address": address}
    assert site.api("POST", "/channels", json=channel).ok
    assert "Go to handoff flow" in words(site.admin().page)


def test_shows_the_five_steps_as_they_are_live(site: AdminSite, designer: Browser) -> None:
    page = words(designer.get("/admin/flow").text)
    for step in ("Start", "Trigger", "Collect user information", "Send notification", "End"):
        assert step in page
    assert "Switched off" in page
    assert "Nobody is told yet" in page
    assert "Draft None; begin with any step" in page
    assert "Save & Publish" not in page


def test_marks_what_is_draft_and_says_it_in_words(site: AdminSite, designer: Browser) -> None:
    switch_on()
    flow_site.add_both("dora")
    page = words(designer.get("/admin/flow").text)
    assert "Saved by you" in page
    assert page.count("Draft: 1 change") == 2
    assert f"Trigger phrase added: “{flow_site.PHRASE}”" in page
    assert "Field added: “Order number”" in page
    assert "Save & Publish Review" in page


def test_shows_the_live_version_when_there_is_one(site: AdminSite, designer: Browser) -> None:
    flow_site.add_both()
    flow_site.publish()
    page = words(designer.get("/admin/flow").text)
    assert "Live Version 1, published by carla" in page
    assert "Order number" in page


def test_leads_to_a_publishing_that_goes_on(site: AdminSite, designer: Browser) -> None:
    job = flow_site.job(jobs.PUBLISH, step="Training")
    assert f"/admin/flow/work/{job}" in designer.get("/admin/flow").text


def test_discards_the_draft(site: AdminSite, designer: Browser) -> None:
    flow_site.add_both()
    designer.get("/admin/flow")
    answer = designer.post("/admin/flow/discard")
    assert "The draft is discarded" in words(answer.text)
    assert flow_site.draft().number is None


def test_goes_through_a_file_and_back(site: AdminSite, designer: Browser) -> None:
    flow_site.add_both()
    file = designer.get("/admin/flow/export").text
    designer.get("/admin/flow")
    designer.post("/admin/flow/discard")
    designer.get("/admin/flow/import")
    answer = designer.post("/admin/flow/import", file=file.replace("\n", "\r\n"))
    assert "The file is the draft now" in words(answer.text)
    flow = flow_site.draft().flow
    assert flow_site.PHRASE in flow.trigger_phrases
    assert "order_number" in {field.name for field in flow.fields}
