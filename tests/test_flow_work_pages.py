"""The pages of review, publishing, rolling back and rehearsing, without a Rasa server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from admin import flow_jobs
from support.flow import jobs
from support.models import JobStatus, Role
from tests import flow_site, team
from tests.admin_site import AdminSite, Browser, running, words

FLOW, WORK, TALK = "/admin/flow", "/admin/flow/work", "/admin/flow/rehearse"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminSite]:
    monkeypatch.setattr(flow_jobs, "PATIENCE_SECONDS", 0.0)
    with running(tmp_path) as site:
        yield site


@pytest.fixture
def designer(site: AdminSite) -> Browser:
    """Dora, signed in."""
    team.add("dora", Role.DESIGNER)
    return team.browser(site, "dora")


def test_publishes_nothing_when_there_is_no_draft(designer: Browser) -> None:
    answer = designer.post(f"{FLOW}/publish")
    assert (answer.status_code, "There is no draft" in answer.text) == (409, True)


def test_publishes_no_draft_that_was_not_seen(designer: Browser) -> None:
    flow_site.add_both()
    designer.get(FLOW)
    flow_site.save("ben", messages={"utter_thank": "Ta."})
    answer = designer.post(f"{FLOW}/publish")
    assert answer.status_code == 409
    assert "changed since you opened the page by ben" in words(answer.text)
    assert "Message utter_thank" in words(answer.text)
    assert flow_site.newest_job() is None


def test_publishes_one_thing_at_a_time(designer: Browser) -> None:
    flow_site.add_both()
    flow_site.job(jobs.PUBLISH, step="Training")
    designer.get(FLOW)
    for path in (f"{FLOW}/publish", f"{FLOW}/versions/0/restore"):
        answer = designer.post(path)
        assert answer.status_code == 409
        assert "ben is publishing a version; wait" in words(answer.text)


def test_lets_only_an_admin_insist(site: AdminSite, designer: Browser) -> None:
    flow_site.add_both()
    job = flow_site.job(jobs.PUBLISH, flow_site.REFUSED, JobStatus.REFUSED)
    page = designer.get(f"{WORK}/{job}").text
    assert "Not published; nothing has changed for visitors." in words(page)
    assert "It starts the form for visitors who did not ask" in page
    assert "Publish all the same" not in page
    assert "ask an admin" in page
    designer.get(FLOW)
    assert designer.post(f"{FLOW}/publish", insist="yes").status_code == 403
    admin = site.admin()
    assert "Publish all the same" in admin.get(f"{WORK}/{job}").text
    assert admin.post(f"{FLOW}/publish", insist="yes").ok
    assert flow_site.newest_job().task["insist"] is True


@pytest.mark.parametrize("path", [f"{WORK}/none", f"{TALK}/none"])
def test_knows_no_work_that_is_not_there(designer: Browser, path: str) -> None:
    assert designer.get(path).status_code == 404


def test_takes_no_rehearsal_for_a_review(designer: Browser) -> None:
    talk = {"conversation": flow_site.TALK, "mail": None}
    assert designer.get(f"{WORK}/{flow_site.job(jobs.REHEARSE, talk)}").status_code == 404
    assert designer.get(f"{TALK}/{flow_site.job(jobs.REVIEW, step='x')}").status_code == 404


@pytest.mark.parametrize("number, status", [("1", 404), ("x", 404), ("9" * 30, 404)])
def test_brings_no_version_back_that_never_was(designer: Browser, number: str, status: int) -> None:
    assert designer.post(f"{FLOW}/versions/{number}/restore").status_code == status
    compared = designer.get(f"{FLOW}/versions/compare?one={number}&other=0")
    assert compared.status_code == status


def test_asks_for_a_review_of_the_draft_and_shows_how_far_it_is(designer: Browser) -> None:
    flow_site.add_both()
    designer.get(FLOW)
    answer = designer.post(f"{FLOW}/review")
    assert "Waiting for a Rasa server" in words(answer.text)
    assert '<noscript><meta http-equiv="refresh" content="1"></noscript>' in answer.text
    assert flow_site.newest_job().task["changes"]["phrases_added"] == [flow_site.PHRASE]
    flow_site.is_idle()
    job = flow_site.job(jobs.REVIEW, step="Measuring what is understood")
    page = designer.get(f"{WORK}/{job}").text
    assert '<li class="done">Training' in page
    assert '<li class="now" aria-current="step">Measuring what is understood' in page


def test_shows_what_was_measured(designer: Browser) -> None:
    flow_site.add_both()
    job = flow_site.job(jobs.REVIEW, flow_site.REVIEWED)
    page = words(designer.get(f"{WORK}/{job}").text)
    assert "It can go live" in page
    assert "Asks for a person found at once of 293 98.98 % 99.3 % +0.32 points" in page
    assert "boolean operator an offer to pass it on starts the contact form worse" in page
    assert "Also fits another subject: like I met a clerk" in page
    assert "fetch me a clerk still understood, 97%" in page
    assert "The message utter_request_sent does not say the reference." in page
    assert "[R-7KQ9M] Ann Lee asks for a person" in page
    assert "Save & Publish" in page


def test_offers_no_publishing_after_a_review_of_something_else(designer: Browser) -> None:
    flow_site.add_both()
    job = flow_site.job(jobs.REVIEW, flow_site.REVIEWED)
    flow_site.save("ben", messages={"utter_thank": "Ta."})
    page = words(designer.get(f"{WORK}/{job}").text)
    assert "The draft has been changed since this review by ben" in page
    assert "Save & Publish" not in page


def test_publishes_the_draft_and_says_that_it_is_live(designer: Browser) -> None:
    saved = flow_site.add_both()
    designer.get(FLOW)
    answer = designer.post(f"{FLOW}/publish")
    assert "It goes live in some seconds" in answer.text
    job = flow_site.newest_job()
    assert (job.kind, job.task["revision"], job.task["insist"]) == (
        "publish",
        saved.revision,
        False,
    )
    flow_site.is_idle()
    done = flow_site.job(jobs.PUBLISH, {**flow_site.REVIEWED, "version": 1})
    assert "Version 1 is live." in words(designer.get(f"{WORK}/{done}").text)


def test_says_what_failed_and_that_nothing_has_changed(designer: Browser) -> None:
    job = flow_site.job(jobs.PUBLISH, {"reasons": [jobs.LOST]}, JobStatus.FAILED)
    page = words(designer.get(f"{WORK}/{job}").text)
    assert "It could not be done, and nothing has changed for visitors." in page
    assert jobs.LOST in page


def test_lists_versions_compares_two_and_rolls_back(designer: Browser) -> None:
    flow_site.add_both()
    flow_site.publish()
    flow_site.save(messages={"utter_thank": "Ta."})
    flow_site.publish()
    page = words(designer.get(f"{FLOW}/versions").text)
    assert "Version 2 live Published by carla" in page
    assert "Asks found at once 99.3 %" in page
    compared = words(designer.get(f"{FLOW}/versions/compare?one=1&other=2").text)
    assert "From version 1 to version 2 Message utter_thank" in compared
    assert designer.get(f"{FLOW}/versions/1/export").text.count(flow_site.PHRASE) == 1
    designer.get(f"{FLOW}/versions")
    answer = designer.post(f"{FLOW}/versions/1/restore")
    assert "Bringing version 1 back" in words(answer.text)
    job = flow_site.newest_job()
    assert (job.task["restores"], job.actor) == (1, "dora")


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_says_nothing_that_is_no_message(designer: Browser, text: str) -> None:
    designer.get(TALK)
    assert designer.post(TALK, text=text).status_code == 422


def test_ends_a_conversation_that_is_long_enough(designer: Browser) -> None:
    talk = {"conversation": flow_site.TALK, "mail": None}
    job = flow_site.job(jobs.REHEARSE, talk, messages=["hello"] * 60)
    designer.get(f"{TALK}/{job}")
    assert designer.post(TALK, job=job, text="and").status_code == 422


def test_rehearses_from_the_first_message_on(designer: Browser) -> None:
    flow_site.add_both()
    designer.get(TALK)
    assert "nobody is told" in words(designer.page)
    answer = designer.post(TALK, job="", text="I want an agent")
    assert "Waiting for a Rasa server" in words(answer.text)
    first = flow_site.newest_job()
    assert first.task["messages"] == ["I want an agent"]
    flow_site.is_idle()
    told = {"mail": flow_site.MAIL, "chat_message": flow_site.CHAT_MESSAGE}
    talk = {"conversation": flow_site.TALK, **told}
    job = flow_site.job(jobs.REHEARSE, talk, messages=["I want an agent", "Ann Lee"])
    page = designer.get(f"{TALK}/{job}")
    assert "Order AB-1234" in words(page.text)
    assert "Order AB-1234, in chat" in words(page.text)
    assert '<button class="small" name="text" value="Send">' in page.text
    designer.post(TALK, job=job, text="Send")
    assert flow_site.newest_job().task["messages"] == ["I want an agent", "Ann Lee", "Send"]
