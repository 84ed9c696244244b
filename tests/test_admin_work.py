"""The team works on requests, on the pages and over the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from admin import wording
from support import database, followups, requests, work
from support.errors import DeliveryError
from support.models import Request, RequestStatus
from support.work import Action
from tests.admin_site import NOW, AdminSite, Browser, ask, deliver, running, switch_on, words

HTML = "<b onclick='x'>&"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        switch_on()
        yield site


@pytest.fixture
def reference(site: AdminSite) -> str:
    """Of a request that the team has been told of."""
    reference = str(ask().reference)
    deliver()
    return reference


def stored(reference: str) -> Request:
    with database.read_scope() as session:
        found = requests.find(session, reference)
        assert found is not None
        return found


def buttons(page: str) -> list[str]:
    """What the page offers to do with the request."""
    return re.findall(r'name="action" value="([^"]+)"', page)


def do(browser: Browser, reference: str, action: str, **more: str) -> Any:
    return browser.post(f"/admin/requests/{reference}/do", action=action, **more)


# --- pages ---


def test_leads_through_a_requests_life(site: AdminSite, reference: str) -> None:
    admin = site.admin()
    path = f"/admin/requests/{reference}"
    assert buttons(admin.get(path).text) == ["take", "answer", "close"]
    for action, said, offered in [
        ("take", "You have taken this request.", ["answer", "close", "give-back"]),
        ("give-back", "Anybody can take this request again.", ["take", "answer", "close"]),
        ("answer", "The request is marked as answered.", ["close", "reopen"]),
        ("reopen", "The request is open again.", ["answer", "close", "give-back"]),
        ("close", "The request is closed.", ["reopen"]),
    ]:
        response = do(admin, reference, action)
        assert response.history[0].status_code == 303
        assert said in words(response.text)
        assert buttons(response.text) == offered
    text = words(admin.get(path).text)
    assert "The request is closed." not in text
    assert "Given back by admin ·" in text


def test_tells_the_second_agent_who_has_it(site: AdminSite, reference: str) -> None:
    admin = site.admin()
    admin.get(f"/admin/requests/{reference}")
    work.do(reference, Action.TAKE, f"carla {HTML}", NOW)
    response = do(admin, reference, "take")
    assert response.status_code == 409
    assert f"carla {HTML} has taken this request; it has to be given back" in words(response.text)
    assert "<b onclick" not in response.text
    assert buttons(response.text) == ["answer", "close", "give-back"]
    assert stored(reference).taken_by == f"carla {HTML}"


def test_overwrites_nothing_from_a_page_that_has_grown_old(site: AdminSite, reference: str) -> None:
    admin = site.admin()
    admin.get(f"/admin/requests/{reference}")
    followups.add(stored(reference).id, "one thing more", NOW)
    response = do(admin, reference, "close")
    assert response.status_code == 409
    assert "has changed since you looked at it" in words(response.text)
    assert "one thing more" in words(response.text)
    assert stored(reference).status == RequestStatus.NEW
    assert do(admin, reference, "close").status_code == 200


@pytest.mark.parametrize(
    "fields", [{"action": "burn"}, {"action": ""}, {"action": "take", "seen": "x"}]
)
def test_refuses_a_form_that_is_none_of_its_own(
    site: AdminSite, reference: str, fields: dict[str, str]
) -> None:
    admin = site.admin()
    admin.get(f"/admin/requests/{reference}")
    assert admin.post(f"/admin/requests/{reference}/do", **fields).status_code == 422
    assert stored(reference).status == RequestStatus.NEW


@pytest.mark.parametrize("path", ["do", "notes", "resend"])
def test_refuses_a_form_from_elsewhere(site: AdminSite, reference: str, path: str) -> None:
    admin = site.admin()
    admin.get(f"/admin/requests/{reference}")
    response = admin.post(f"/admin/requests/{reference}/{path}", csrf="x", action="take", text="n")
    assert response.status_code == 403
    assert len(stored(reference).events) == 1


@pytest.mark.parametrize("path", ["do", "notes", "resend"])
def test_knows_no_request_that_is_not_there(site: AdminSite, reference: str, path: str) -> None:
    admin = site.admin()
    admin.get(f"/admin/requests/{reference}")
    fields = {"action": "take", "text": "n", "delivery": "x", "to": "same"}
    assert admin.post(f"/admin/requests/R-AAAAA/{path}", **fields).status_code == 404


def test_keeps_notes_and_what_was_typed_when_one_is_refused(
    site: AdminSite, reference: str
) -> None:
    admin = site.admin()
    path = f"/admin/requests/{reference}"
    admin.get(path)
    assert "The note is saved." in words(admin.post(f"{path}/notes", text=f"called {HTML}").text)
    assert f"Note by admin · {wording.moment(stored_at(reference))} called {HTML}" in words(
        admin.page
    )
    assert "<b onclick" not in admin.page
    long = "y" * 4001
    response = admin.post(f"{path}/notes", text=long)
    assert response.status_code == 422
    assert long in response.text
    assert len(stored(reference).events) == 2


def stored_at(reference: str) -> str:
    return str(stored(reference).events[-1].at.isoformat(timespec="seconds"))


def test_sends_a_message_again(site: AdminSite) -> None:
    reference = ask().reference
    deliver(DeliveryError("550 no such mailbox", permanent=True))
    admin = site.admin()
    path = f"/admin/requests/{reference}"
    admin.get(path)
    switch_on(agent_emails=["new@example.org"])
    response = admin.post(f"{path}/resend", to="team")
    assert "The message is on its way again." in words(response.text)
    assert "new@example.org waiting to be sent Sent again" in words(response.text)
    waiting = stored(reference).deliveries[-1].id
    assert admin.post(f"{path}/resend", delivery=waiting, to="same").status_code == 409
    assert admin.post(f"{path}/resend", to="everybody").status_code == 422
    assert admin.post(f"{path}/resend", delivery="nothing", to="same").status_code == 404
    assert len(stored(reference).deliveries) == 2


def reply_in(page: str) -> str | None:
    found = re.search(r'href="(mailto:[^"]+)" data-open', page)
    return found[1].replace("&amp;", "&") if found else None


def test_opens_a_mail_with_the_reference_and_what_was_asked(site: AdminSite) -> None:
    reference = ask(
        name="Zoë & Co?", reason="my\nrefund #1 100%", email="a+b@example.org"
    ).reference
    admin = site.admin()
    admin.get(f"/admin/requests/{reference}")
    link = reply_in(do(admin, reference, "answer").text)
    assert link is not None
    parts = urlsplit(link)
    fields = parse_qs(parts.query, strict_parsing=True)
    assert unquote(parts.path) == "a+b@example.org"
    assert fields["subject"] == [f"Re: Your request {reference}"]
    assert fields["body"] == ["Hello Zoë & Co?,\n\n\n\n> my\n> refund #1 100%\n"]
    assert len(link) < 4000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": None}, "please answer by phone: +1 202 555 0199"),
        ({"email": "ann at home", "unverified": ["email"], "phone": None}, "answer as you can"),
    ],
)
def test_opens_no_mail_to_an_address_that_is_none(
    site: AdminSite, changes: dict[str, Any], said: str
) -> None:
    reference = ask(**changes).reference
    admin = site.admin()
    assert "Mark as answered" in words(admin.get(f"/admin/requests/{reference}").text)
    response = do(admin, reference, "answer")
    assert said in words(response.text)
    assert "mailto:" not in response.text


@pytest.mark.parametrize(
    ("channel", "shown"),
    [("socketio", "Website chat"), ("rest", "REST"), ("contact_form", "Contact form"),
     ("telegram", "Telegram")],
)  # fmt: skip
def test_says_in_words_by_which_door_a_visitor_came(
    site: AdminSite, channel: str, shown: str
) -> None:
    reference = ask(channel=channel).reference
    assert f"Came by {shown} Page" in words(site.admin().get(f"/admin/requests/{reference}").text)


# --- the list ---


def test_keeps_the_filters_from_page_to_page(
    site: AdminSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.requests_pages.A_PAGE", 1)
    made = [ask(number, reason=f"order {number}").reference for number in range(3)]
    ask(9, reason="something else")
    work.do(made[1], Action.TAKE, "admin", NOW)
    admin = site.admin()
    page = admin.get("/admin/requests?q=order&status=new&sort=oldest").text
    assert made[0] in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    page = admin.get(following[1].replace("&amp;", "&")).text
    assert made[2] in page
    assert made[1] not in page
    assert 'value="order"' in page
    assert 'rel="next"' not in page


def test_finds_ones_own_and_says_when_nothing_fits(site: AdminSite) -> None:
    first, second = ask(1).reference, ask(2).reference
    work.do(first, Action.TAKE, "admin", NOW)
    work.do(second, Action.TAKE, "carla", NOW)
    admin = site.admin()
    page = admin.get("/admin/requests?taken_by=me").text
    assert first in page
    assert second not in page
    assert "taken and not answered: 2" in words(page)
    assert "No request fits." in words(admin.get("/admin/requests?q=zzz").text)
    assert "There are no more requests." in words(admin.get("/admin/requests?cursor=0").text)


@pytest.mark.parametrize(
    "asked",
    ["q=%22", "q=%27%3B--", "q=" + "x" * 200, "status=open&status=closed", "q=&status=",
     "taken_by=%3Cb%20onclick%3E"],
)  # fmt: skip
def test_takes_odd_filters_calmly(site: AdminSite, asked: str) -> None:
    ask()
    response = site.admin().get(f"/admin/requests?{asked}")
    assert response.status_code == 200
    assert "<b onclick" not in response.text


@pytest.mark.parametrize(
    "asked", ["since=yesterday", "status=lost", "q=" + "x" * 201, "sort=up", "delivery=odd"]
)
def test_shows_which_filter_it_does_not_understand(site: AdminSite, asked: str) -> None:
    response = site.admin().get(f"/admin/requests?{asked}")
    assert response.status_code == 422
    assert asked.split("=")[0] in words(response.text)
    assert 'role="alert"' in response.text


# --- the API ---


def test_does_all_of_it_over_the_api(site: AdminSite, reference: str) -> None:
    path = f"/requests/{reference}"
    tags = [site.api("GET", path).headers["ETag"]]
    for action, status in [
        ("take", "taken"), ("give-back", "new"), ("take", "taken"), ("answer", "answered"),
        ("reopen", "taken"), ("close", "closed"),
    ]:  # fmt: skip
        response = site.api("POST", f"{path}/{action}", headers={"If-Match": tags[-1]})
        assert (response.status_code, response.json()["status"]) == (200, status)
        tags.append(response.headers["ETag"])
        assert response.headers["ETag"] == f'"{response.json()["version"]}"'
    assert len(set(tags)) == len(tags)
    noted = site.api("POST", f"{path}/notes", json={"text": "called"})
    assert noted.status_code == 201
    assert noted.json()["history"][-1]["detail"] == {"text": "called"}
    delivery = noted.json()["deliveries"][0]["id"]
    sent = site.api("POST", f"{path}/resend", json={"delivery": delivery, "to": "same"})
    assert sent.status_code == 201
    assert [d["status"] for d in sent.json()["deliveries"]] == ["sent", "queued"]


def test_refuses_over_the_api_what_has_changed_or_cannot_be(
    site: AdminSite, reference: str
) -> None:
    path = f"/requests/{reference}"
    tag = site.api("GET", path).headers["ETag"]
    work.note(reference, "meanwhile", "carla", NOW)

    def refusal(*address: str, **more: Any) -> tuple[int, str]:
        response = site.api("POST", "/".join((path, *address)), **more)
        return response.status_code, response.json()["error"]["code"]

    assert refusal("close", headers={"If-Match": tag}) == (412, "stale")
    assert refusal("close", headers={"If-Match": '"abc"'}) == (412, "stale")
    work.do(reference, Action.TAKE, "carla", NOW)
    assert refusal("take") == (409, "taken")
    followups.cancel(stored(reference).id, NOW)
    assert refusal("close") == (409, "wrong_status")
    assert refusal("burn")[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("notes", {}, "text"),
        ("notes", {"text": 5}, "text"),
        ("notes", {"text": " "}, "text"),
        ("notes", {"text": "x" * 4001}, "text"),
        ("notes", {"text": "x", "by": "carla"}, "by"),
        ("resend", {"delivery": "x"}, "to"),
        ("resend", {"delivery": ["x"], "to": "same"}, "delivery"),
        ("resend", {"delivery": "x", "to": "all"}, "to"),
    ],
)
def test_refuses_bodies_that_are_wrong_and_names_the_field(
    site: AdminSite, reference: str, path: str, body: dict[str, Any], field: str
) -> None:
    response = site.api("POST", f"/requests/{reference}/{path}", json=body)
    assert (response.status_code, response.json()["error"]["field"]) == (422, field)
    assert len(stored(reference).events) == 1
