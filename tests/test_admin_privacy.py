"""Privacy in Support Operations: showing, erasing, receipts; as pages and as an API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import database, erasing
from support import requests as inbox
from tests import team
from tests.admin_site import NOW, AdminSite, ask, deliver, running, switch_on, words
from tests.rasa_events import kept, say

BOB = {"name": "Bob Ray", "email": "bob@example.org", "phone": "+12025550177"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        switch_on()
        yield site


def person(site: AdminSite, typed: Any, **more: Any) -> Any:
    return site.api("POST", "/privacy/person", json={"person": typed, **more})


def erase(site: AdminSite, typed: Any, **more: Any) -> Any:
    return site.api("POST", "/privacy/erasures", json={"person": typed, **more})


def left(site: AdminSite) -> list[str]:
    return [row["reference"] for row in site.api("GET", "/requests").json()["requests"]]


def test_shows_a_person_and_erases_by_the_api(site: AdminSite) -> None:
    ann, bob = ask(1).reference, ask(2, **BOB).reference
    say(site.config.conversations_url, "conversation-1", "hello", NOW)
    shown = person(site, "ANN@example.org")
    assert shown.status_code == 200
    assert shown.json()["references"] == [ann]
    assert shown.json()["counts"]["conversation_events"] == 1
    response = erase(site, "ann@example.org", references=[ann])
    assert response.status_code == 201
    receipt = response.json()
    assert receipt["kind"] == "person"
    assert receipt["counts"] == shown.json()["counts"]
    assert left(site) == [bob]
    assert site.api("GET", f"/requests/{ann}").status_code == 404
    assert kept(site.config.conversations_url) == []
    assert site.api("GET", "/privacy/erasures").json() == {"erasures": [receipt], "next": None}


@pytest.mark.parametrize("typed", ["(202) 555-0199", "+1 202 555 0199"])
def test_reads_numbers_by_the_country_of_the_settings(site: AdminSite, typed: str) -> None:
    ask(1)
    assert len(person(site, typed).json()["references"]) == 1


@pytest.mark.parametrize("typed", ["Ann Smith", "", " ", 5, None, ["ann@example.org"], "x" * 321])
def test_refuses_what_names_nobody(site: AdminSite, typed: Any) -> None:
    for call in (person, erase):
        response = call(site, typed)
        assert response.status_code == 422
        assert response.json()["error"]["field"] == "person"


def test_refuses_to_erase_what_is_not_there(site: AdminSite) -> None:
    assert person(site, "ann@example.org").json() == {"references": [], "counts": {}, "others": []}
    assert erase(site, "ann@example.org").status_code == 404
    assert erase(site, "R-7KQ9M").status_code == 404


@pytest.mark.parametrize("given", ["R-7KQ9M", [1], None, {}, [["R-7KQ9M"]]])
def test_refuses_references_that_are_none(site: AdminSite, given: Any) -> None:
    response = erase(site, "ann@example.org", references=given)
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "references"


def test_refuses_to_erase_more_than_was_agreed_to(site: AdminSite) -> None:
    ann = ask(1).reference
    ask(2)
    response = erase(site, "ann@example.org", references=[ann])
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "data_changed"
    assert len(left(site)) == 2


def test_shows_a_person_and_erases_on_the_pages(site: AdminSite) -> None:
    ann, bob = ask(1).reference, ask(2, **BOB).reference
    admin = site.admin()
    admin.get("/admin/privacy")
    assert "Nothing has been erased yet." in words(admin.page)
    shown = admin.post("/admin/privacy/person", person="ann@example.org")
    assert ann in shown.text
    assert bob not in shown.text
    assert "1 request, 1 entry in a history, 1 message to the team" in words(shown.text)
    done = admin.post("/admin/privacy/erase")
    assert done.url.startswith(f"{site.url}/admin/privacy?receipt=")
    assert "Erased." in words(done.text)
    assert "asked for, by admin" in words(done.text)
    assert "ann@" not in done.text
    assert left(site) == [bob]


@pytest.mark.parametrize(
    ("unverified", "known_by"),
    [([], "ann@example.org"), (["email"], "+1 202 555 0199"), (["email", "phone"], None)],
)
def test_offers_to_erase_whoever_a_request_is_from(
    site: AdminSite, unverified: list[str], known_by: str | None
) -> None:
    switch_on()
    reference = ask(unverified=unverified).reference
    admin = site.admin()
    admin.get(f"/admin/requests/{reference}")
    assert f"Show what is stored of {known_by or reference}" in words(admin.page)
    shown = words(admin.post("/admin/privacy/person").text)
    assert reference in shown
    assert "Erase for ever" in shown


def test_offers_it_to_admins_alone(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    team.add("carla")
    page = team.browser(site, "carla").get(f"/admin/requests/{reference}").text
    assert "Erase this person" not in page


def test_shows_again_what_has_come_since_before_it_erases(site: AdminSite) -> None:
    first = ask(1).reference
    admin = site.admin()
    admin.get("/admin/privacy")
    admin.post("/admin/privacy/person", person="ann@example.org")
    second = ask(2).reference
    again = admin.post("/admin/privacy/erase")
    assert again.status_code == 409
    assert "Nothing was erased." in words(again.text)
    assert first in again.text
    assert second in again.text
    assert admin.post("/admin/privacy/erase").status_code == 200
    assert left(site) == []


def test_says_what_is_wrong_with_what_was_typed_and_keeps_it(site: AdminSite) -> None:
    admin = site.admin()
    admin.get("/admin/privacy")
    response = admin.post("/admin/privacy/person", person='Ann "Smith" <b>')
    assert response.status_code == 422
    assert "no e-mail address, no phone number" in words(response.text)
    assert "Ann &#34;Smith&#34; &lt;b&gt;" in response.text


def test_says_when_there_is_nothing(site: AdminSite) -> None:
    admin = site.admin()
    admin.get("/admin/privacy")
    shown = admin.post("/admin/privacy/person", person="nobody@example.org")
    assert "Nothing is stored of this person." in words(shown.text)
    assert "Erase for ever" not in shown.text
    gone = admin.post("/admin/privacy/erase")
    assert "Nothing was stored of this person any more." in words(gone.text)


def test_erases_nothing_without_a_page_of_ours(site: AdminSite) -> None:
    ask(1)
    admin = site.admin()
    for path in ("/admin/privacy/person", "/admin/privacy/erase"):
        posted = {"person": "ann@example.org", "references": left(site)[0], "csrf": "forged"}
        assert admin.session.post(site.url + path, data=posted).status_code == 403
        stranger = site.browser().session.post(site.url + path, data=posted, allow_redirects=False)
        assert stranger.status_code == 303
    assert len(left(site)) == 1


def test_says_for_how_long_what_is_kept(site: AdminSite) -> None:
    site.change(keep_open_days=0, keep_conversations_days=1)
    page = words(site.admin().get("/admin/privacy").text)
    assert "Requests that nobody has ended for ever" in page
    assert "Conversations with the assistant 1 day" in page


def test_shows_a_receipt_of_retention(site: AdminSite) -> None:
    with database.session_scope() as session:
        erasing.write_receipt(session, "retention", "retention", {"requests": 1200}, NOW)
    page = words(site.admin().get("/admin/privacy").text)
    assert "1 Mar 2026, 12:00 UTC kept long enough 1,200 requests" in page


def test_goes_through_all_receipts_page_by_page(site: AdminSite) -> None:
    with database.session_scope() as session:
        for number in range(1, 6):
            erasing.write_receipt(session, "retention", "housekeeping", {"requests": number}, NOW)
    gone, cursor = [], ""
    while cursor is not None:
        page = site.api("GET", f"/privacy/erasures?limit=2{cursor and '&cursor=' + cursor}").json()
        gone += [receipt["counts"]["requests"] for receipt in page["erasures"]]
        cursor = page["next"]
    assert gone == [5, 4, 3, 2, 1]
    refused = site.api("GET", "/privacy/erasures?cursor=last")
    assert refused.json()["error"]["field"] == "cursor"


def test_takes_a_visitor_back_afterwards(site: AdminSite) -> None:
    ask(1)
    deliver()
    erase(site, "ann@example.org")
    assert not inbox.has_open("conversation-1", NOW + dt.timedelta(minutes=5))
    assert ask(3).reference in left(site)
