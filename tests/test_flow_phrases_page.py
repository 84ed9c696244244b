"""The page of trigger phrases: a list without end, and what is understood of what is added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from admin import flow_jobs
from admin.flow_phrases_pages import lines
from support.flow import jobs
from support.models import JobStatus
from tests import flow_site
from tests.admin_site import AdminSite, Browser, running, words
from tests.flow_site import PHRASE

PAGE = "/admin/flow/phrases"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminSite]:
    monkeypatch.setattr(flow_jobs, "PATIENCE_SECONDS", 0.0)
    with running(tmp_path) as site:
        yield site


@pytest.fixture
def admin(site: AdminSite) -> Browser:
    """An admin on the page."""
    admin = site.admin()
    admin.get(PAGE)
    return admin


def phrases() -> tuple[str, ...]:
    return flow_site.draft().flow.trigger_phrases


@pytest.mark.parametrize(
    "typed, why",
    [
        ("", "Write what a visitor may say"),
        ("!!!", "It is empty"),
        ("x" * 201, "It has 201 characters"),
        ("agent\ngood one here\n/request_human", "“/request_human”: It begins with /"),
        ("thank you", "is an example of thank"),
    ],
)
def test_adds_nothing_when_one_of_them_cannot_be(admin: Browser, typed: str, why: str) -> None:
    answer = admin.post(PAGE, phrases=typed, do="add")
    assert answer.status_code == 422
    assert "Nothing was changed." in words(answer.text)
    assert why in words(answer.text)
    assert typed[:100] in answer.text
    assert flow_site.draft().number is None


def test_removes_not_the_last_ones(admin: Browser) -> None:
    flow_site.save(trigger_phrases=[f"clerk {word} please" for word in "abcde"])
    answer = admin.post(PAGE, remove="clerk a please")
    assert answer.status_code == 422
    assert "at least 5 phrases" in words(answer.text)
    assert len(phrases()) == 5


@pytest.mark.parametrize("sent", [{}, {"do": "nothing"}, {"do": ""}])
def test_refuses_a_form_that_is_none_of_the_page(admin: Browser, sent: dict[str, str]) -> None:
    assert admin.post(PAGE, **sent).status_code == 422


def test_comes_back_to_the_list_however_long_the_search_was(admin: Browser) -> None:
    assert admin.post(PAGE, remove="agent", q="x" * 20_000).status_code == 200


def test_asks_about_no_more_than_can_be_answered(admin: Browser) -> None:
    many = "\n".join(f"phrase {n}" for n in range(51))
    answer = admin.post(PAGE, phrases=many, do="check")
    assert (answer.status_code, "From 1 to 50" in words(answer.text)) == (422, True)


@pytest.mark.parametrize("query", ["job=none", "job=" + "a" * 500])
def test_knows_no_work_that_is_not_there(admin: Browser, query: str) -> None:
    assert admin.get(f"{PAGE}?{query}").status_code == 404


def test_adds_a_phrase_and_asks_what_is_understood(admin: Browser) -> None:
    answer = admin.post(PAGE, phrases=PHRASE, do="add")
    assert "1 phrase is added." in words(answer.text)
    assert "Asking the assistant …" in words(answer.text)
    assert phrases()[-1] == PHRASE
    job = flow_site.newest_job()
    assert (job.kind, job.task["texts"]) == ("check", [PHRASE])


def test_says_what_is_understood_today_and_warns(admin: Browser) -> None:
    texts = [PHRASE, "fetch me a clerk"]
    job = flow_site.job(jobs.CHECK, flow_site.CHECKED, texts=texts)
    page = words(admin.get(f"{PAGE}?job={job}&added=2&known=0").text)
    assert "Only an offer today: another subject, 41%" in page
    assert "It also fits another intent, another subject: it is like I met a clerk" in page
    assert "Understood today: asking for a person, 97%" in page
    assert "Close to a real person (asking for a person, 80% alike)." in page


def test_says_when_it_could_not_be_asked(admin: Browser) -> None:
    job = flow_site.job(jobs.CHECK, {"reasons": [jobs.UNTAKEN]}, JobStatus.FAILED, texts=["a"])
    assert "No Rasa server has taken this up" in words(admin.get(f"{PAGE}?job={job}").text)


def test_only_asks_when_that_is_wanted(admin: Browser) -> None:
    answer = admin.post(PAGE, phrases=f"{PHRASE}\nanother one", do="check")
    assert "What the assistant understands today" in answer.text
    assert flow_site.draft().number is None
    # What was typed is still there, to be added.
    assert f"{PHRASE}\nanother one</textarea>" in answer.text


def test_takes_back_what_was_just_added(admin: Browser) -> None:
    admin.post(PAGE, phrases=f"{PHRASE}\nanother one", do="add")
    job = flow_site.newest_job().id
    before = len(phrases())
    admin.post(PAGE, undo=job)
    assert len(phrases()) == before - 2


def test_adds_thousands_at_once_and_each_only_once(admin: Browser) -> None:
    many = [f"clerk number {n} of this fine house, come to me" for n in range(3000)]
    answer = admin.post(PAGE, phrases="\r\n".join([*many, many[0].upper(), "agent"]), do="add")
    assert "3000 phrases are added. 1 was there already." in words(answer.text)
    assert len(phrases()) > 3000
    found = words(admin.get(f"{PAGE}?q=CLERK+number+2999").text)
    assert "clerk number 2999 of this fine house" in found
    assert "clerk number 1 of" not in found
    assert admin.get(f"{PAGE}?page=999999").status_code == 200
    last = words(admin.get(f"{PAGE}?page=31").text)
    assert "Page 31 of" in last


def test_removes_a_phrase_and_puts_it_back(admin: Browser) -> None:
    gone = phrases()[0]
    answer = admin.post(PAGE, remove=gone)
    assert "Removed." in words(answer.text)
    assert gone not in phrases()
    changed = admin.get(f"{PAGE}?show=changed")
    assert "removed" in words(changed.text)
    assert "is a trigger phrase again" in words(admin.post(PAGE, back=gone).text)
    assert gone in phrases()


def test_adds_to_what_another_designer_has_saved_meanwhile_and_says_so(admin: Browser) -> None:
    flow_site.save("ben", messages={"utter_thank": "Ta."})
    answer = admin.post(PAGE, phrases=PHRASE, do="add")
    assert "Somebody else has changed the draft as well" in words(answer.text)
    assert flow_site.draft().flow.messages["utter_thank"] == "Ta."
    assert PHRASE in phrases()


def test_reads_lists_as_people_paste_them() -> None:
    assert lines("- one two\r\n*  three\n\n • four \nONE  two\n-5 degrees") == [
        "one two",
        "three",
        "four",
        "-5 degrees",
    ]
