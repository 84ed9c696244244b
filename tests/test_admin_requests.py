"""The pages that show requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin import requests_pages
from support import followups
from support.errors import DeliveryError
from support.requests import Line
from tests.admin_site import NOW, AdminSite, ask, deliver, running, switch_on, words

HTML = '<b onclick="x">&\''


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        switch_on()
        yield site


def references(page: str) -> list[str]:
    return re.findall(r'href="/admin/requests/(R-\w+)"', page)


# --- the list ---


def test_says_that_nobody_has_asked_yet(site: AdminSite) -> None:
    admin = site.admin()
    assert "No visitor has asked for a person yet." in words(admin.page)
    assert "No visitor has asked for a person yet." in words(admin.get("/admin/requests").text)


def test_goes_from_the_newest_to_the_oldest(
    site: AdminSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests_pages, "A_PAGE", 2)
    made = [ask(number).reference for number in range(3)]
    admin = site.admin()
    assert references(admin.get("/admin/requests").text) == made[:0:-1]
    assert ">Newest</a>" not in admin.page
    older = re.search(r'href="(/admin/requests\?cursor=[^"]+)">Older', admin.page)
    assert older is not None
    assert references(admin.get(older[1]).text) == made[:1]
    assert ">Older</a>" not in admin.page
    assert ">Newest</a>" in admin.page


def test_refuses_to_go_on_from_no_request(site: AdminSite) -> None:
    response = site.admin().get("/admin/requests?cursor=R-AAAAA")
    assert response.status_code == 422
    assert "cursor must be the `next` of a page." in words(response.text)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "error, words_shown",
    [
        (None, "Sent"),
        (DeliveryError("no such mailbox", permanent=True), "Not delivered"),
        (DeliveryError("try again"), "Waiting"),
    ],
)
def test_says_where_delivery_stands(
    site: AdminSite, error: DeliveryError | None, words_shown: str
) -> None:
    reference = ask().reference
    deliver(error)
    page = words(site.admin().get("/admin/requests").text)
    assert f"{reference} 1 Mar 2026, 12:00 UTC Ann Smith My refund New {words_shown}" in page


# --- one request ---


def test_shows_fields_conversation_and_deliveries(site: AdminSite) -> None:
    reference = ask().reference
    deliver(DeliveryError("451 greylisted, try again"))
    page = site.admin().get(f"/admin/requests/{reference}").text
    text = words(page)
    assert f"Request {reference}" in text
    for answer in ("Name Ann Smith", "E-mail ann@example.org", "Phone +1 202 555 0199"):
        assert answer in text
    assert "Reason My refund" in text
    assert "Visitor · 1 Mar 2026, 11:59 UTC I want to talk to an agent" in text
    assert "team@example.org not accepted yet, will be tried again" in text
    assert "Next attempt: 1 Mar 2026" in text
    assert "1 1 Mar 2026, 12:00 UTC no 451 greylisted, try again" in text
    assert 'href="mailto:ann%40example.org"' in page
    assert 'href="tel:%2B12025550199"' in page


def test_shows_the_status_and_everything_that_has_happened(site: AdminSite) -> None:
    request = ask()
    deliver()
    followups.add(request.id, f"the parcel was {HTML}", NOW)
    followups.correct(request.id, {"email": "lee@example.org", "phone": "+12025550188"}, NOW)
    followups.cancel(request.id, NOW)
    admin = site.admin()
    page = admin.get(f"/admin/requests/{request.reference}").text
    text = words(page)
    assert f"Request {request.reference} Cancelled " in text
    assert "Sent by the visitor · 1 Mar 2026" in text
    assert f"UTC the parcel was {HTML}" in text
    assert "E-mail: ann@example.org → lee@example.org" in text
    assert "Phone: +1 202 555 0199 → +12025550188" in text
    assert "team@example.org waiting to be sent Added by the visitor" in text
    assert "<b onclick" not in page
    assert "Ann Smith My refund Cancelled" in words(admin.get("/admin/requests").text)


def test_says_at_each_field_what_it_is_for(site: AdminSite) -> None:
    reference = ask().reference
    page = words(site.admin().get(f"/admin/requests/{reference}").text)
    assert "Name Ann Smith So that the team knows whom it answers." in page
    assert "Reason My refund So that the right person of the team answers, prepared." in page
    assert "Conversation So that the visitor need not tell everything again." in page


def test_says_what_was_not_given(site: AdminSite) -> None:
    reference = ask(email=None, page_url=None, transcript=[]).reference
    text = words(site.admin().get(f"/admin/requests/{reference}").text)
    assert "E-mail not given" in text
    assert "Nothing was recorded." in text
    assert "No attempt has been made yet." in text


def test_marks_what_could_not_be_checked(site: AdminSite) -> None:
    reference = ask(email="ann at example", unverified=["email"]).reference
    page = site.admin().get(f"/admin/requests/{reference}").text
    assert "E-mail ann at example (not verified)" in words(page)
    assert "mailto:" not in page
    assert words(page).count("(not verified)") == 1
    assert site.api("GET", f"/requests/{reference}").json()["unverified"] == ["email"]


@pytest.mark.parametrize("reference", ["R-AAAAA", "%3Cb%3E", "x" * 2000])
def test_says_that_there_is_no_such_request(site: AdminSite, reference: str) -> None:
    response = site.admin().get(f"/admin/requests/{reference}")
    assert response.status_code == 404
    assert "There is no request with this reference." in response.text
    assert "<b>" not in response.text


def test_shows_html_as_text_in_every_field(site: AdminSite) -> None:
    reference = ask(
        name=HTML,
        email=f'{HTML}"@example.org',
        phone=HTML,
        reason=HTML,
        channel=HTML,
        page_url=f"https://example.org/{HTML}",
        transcript=[Line(NOW.timestamp(), HTML, HTML)],
    ).reference
    deliver(DeliveryError(HTML))
    admin = site.admin()
    for path in ("/admin", "/admin/requests", f"/admin/requests/{reference}"):
        page = admin.get(path).text
        assert "<b onclick" not in page
        assert HTML in words(page)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://[", " javascript:x"],
)
def test_links_only_to_web_pages(site: AdminSite, url: str) -> None:
    reference = ask(page_url=url).reference
    page = site.admin().get(f"/admin/requests/{reference}").text
    assert f'href="{url}' not in page
    assert url.strip() in words(page)


def test_shows_half_a_character(site: AdminSite) -> None:
    reference = ask(transcript=[Line(0.0, "visitor", "half \ud83d")]).reference
    response = site.admin().get(f"/admin/requests/{reference}")
    assert response.status_code == 200
    assert "half ?" in words(response.text)
