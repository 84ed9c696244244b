"""The pages of the messages and of what the team is told: words, checks, previews, resets."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin import flow_moments, flow_wording
from support.flow import document, project
from support.flow.document import ChatMessage
from tests import flow_site
from tests.admin_site import AdminSite, Browser, running, words

MESSAGES, MAIL, CHAT = "/admin/flow/messages", "/admin/flow/mail", "/admin/flow/chat"
SENT = "utter_request_sent"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


@pytest.fixture
def admin(site: AdminSite) -> Browser:
    """An admin, signed in."""
    return site.admin()


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "It is empty"),
        ("Hello {nobody}", "there is no variable {nobody}"),
        ("Hello {name", "a brace stands alone"),
        ("x" * 1001, "It has 1001 characters"),
    ],
)
def test_says_at_the_message_what_is_wrong_and_keeps_what_was_typed(
    admin: Browser, text: str, why: str
) -> None:
    admin.get(MESSAGES)
    typed = {SENT: text, "utter_cancelled": "Stopped."}
    answer = admin.post(MESSAGES, **{**fields_of(admin), **typed})
    assert answer.status_code == 422
    assert why in words(answer.text)
    assert f'id="e{SENT}"' in answer.text
    assert "Stopped.</textarea>" in answer.text
    assert flow_site.draft().number is None


@pytest.mark.parametrize(
    "path, status", [(f"{MESSAGES}?moment=nothing", 404), (f"{MESSAGES}?q={'a' * 201}", 422)]
)
def test_refuses_what_it_cannot_look_for(admin: Browser, path: str, status: int) -> None:
    assert admin.get(path).status_code == status


def test_refuses_a_form_without_messages(admin: Browser) -> None:
    admin.get(MESSAGES)
    assert admin.post(MESSAGES, utter_nothing="Hello").status_code == 422


def test_shows_the_second_of_two_designers_what_is_stored(admin: Browser) -> None:
    admin.get(MESSAGES)
    flow_site.save("ben", messages={SENT: "Ben's {reference}."})
    answer = admin.post(MESSAGES, **{**fields_of(admin), SENT: "Mine: {reference}."})
    assert answer.status_code == 409
    page = words(answer.text)
    assert "ben has changed some of these messages" in page
    assert "Stored now: Ben's {reference}." in page
    assert "Mine: {reference}." in page


def test_lets_two_designers_write_at_different_moments(admin: Browser) -> None:
    admin.get(MESSAGES)
    flow_site.save("ben", messages={"utter_thank": "Ta."})
    answer = admin.post(MESSAGES, **{**fields_of(admin), SENT: "Mine: {reference}."})
    assert "Both changes are in it." in words(answer.text)
    said = flow_site.draft().flow.messages
    assert (said["utter_thank"], said[SENT]) == ("Ta.", "Mine: {reference}.")


def test_saves_messages_and_says_them_as_in_the_files_again(admin: Browser) -> None:
    before = flow_site.draft().flow.messages[SENT]
    admin.get(MESSAGES)
    saved = admin.post(MESSAGES, **{**fields_of(admin), SENT: "Done: {reference}\r\nThanks"})
    assert "Saved in the draft." in words(saved.text)
    assert flow_site.draft().flow.messages[SENT] == "Done: {reference}\nThanks"
    assert f"In the project's files: {before}" in words(saved.text)
    admin.post(MESSAGES, **fields_of(admin), reset=SENT)
    assert flow_site.draft().flow.messages[SENT] == before


def test_finds_messages_by_what_visitors_read(admin: Browser) -> None:
    page = words(admin.get(f"{MESSAGES}?q=BEYOND+me").text)
    assert "Found: 1" in page
    assert "utter_offer when it is the second message in a row without an answer" in page


def test_has_a_moment_for_every_message_and_words_for_every_condition() -> None:
    flow = document.default(project.read())
    moments = flow_moments.grouped(flow)
    assert flow_moments.OTHERS not in moments
    assert sum(map(len, moments.values())) == len(flow.messages)
    # A form has a hundred fields at most.
    assert max(map(len, moments.values())) < 90
    conditions = {flow_wording.condition(key) for key in flow.messages}
    assert [words for words in conditions if "_" in words] == []


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "It is empty."),
        ("Hello\n{{ nobody }}", "Line 2: there is nothing called nobody"),
        ("a\nb\n{% if %}", "Line 3"),
        ("{{ name.__class__ }}{{ cycler() }}", "Line 1"),
        ("{% include 'x' %}", "Line 1"),
    ],
)
@pytest.mark.parametrize("does", ["save", "preview"])
def test_says_in_which_line_of_the_mail_something_is_wrong(
    admin: Browser, text: str, why: str, does: str
) -> None:
    admin.get(MAIL)
    answer = admin.post(MAIL, subject="Hello", text=text, do=does)
    assert answer.status_code == (422 if does == "save" else 200)
    assert why in words(answer.text)
    assert 'id="text-error"' in answer.text
    assert flow_site.draft().number is None


def test_refuses_a_form_that_is_none_of_the_mail(admin: Browser) -> None:
    admin.get(MAIL)
    assert admin.post(MAIL, subject="a", text="b").status_code == 422


def test_shows_the_mail_with_a_sample_before_it_is_saved(admin: Browser) -> None:
    flow_site.add_both()
    admin.get(MAIL)
    answer = admin.post(MAIL, subject="{{ name }}!", text="<b>{{ order_number }}", do="preview")
    assert "Ann Lee!" in words(answer.text.split('id="preview"')[1])
    assert "&lt;b&gt;AA0000" in answer.text
    assert "Not saved yet." in words(answer.text)
    assert flow_site.draft().flow.notification.subject != "{{ name }}!"


def test_saves_the_mail_and_takes_the_products_own_again(admin: Browser) -> None:
    before = flow_site.draft().flow.notification
    admin.get(MAIL)
    answer = admin.post(MAIL, subject="{{ name }}!", text="{{ reason }}\r\n", do="save")
    assert "Saved in the draft." in words(answer.text)
    assert flow_site.draft().flow.notification.text == "{{ reason }}\n"
    admin.post(MAIL, subject="never mind", text="", do="reset")
    assert flow_site.draft().flow.notification == before


def test_keeps_the_mail_as_it_is_when_only_looked_at(admin: Browser) -> None:
    before = flow_site.draft().flow.notification
    admin.get(MAIL)
    sent = before.text.replace("\n", "\r\n")
    answer = admin.post(MAIL, subject=before.subject, text=sent, do="save")
    assert "Nothing to save" in words(answer.text)
    assert flow_site.draft().number is None


def test_shows_what_another_designer_has_made_of_the_mail(admin: Browser) -> None:
    admin.get(MAIL)
    flow_site.save("ben", notification={"subject": "Ben's", "text": "{{ reason }}"})
    answer = admin.post(MAIL, subject="Mine", text="{{ name }}", do="save")
    assert answer.status_code == 409
    assert "ben has changed the mail" in words(answer.text)
    assert "Ben's</pre>" in html.unescape(answer.text)
    assert 'value="Mine"' in answer.text


def test_words_the_message_to_chat_channels_beside_the_mail(admin: Browser) -> None:
    before = flow_site.draft().flow
    page = admin.get(CHAT).text
    assert f'<a href="{CHAT}" aria-current="page">Chat channels</a>' in page
    assert "Ann Lee asks for a person (R-7KQ9M)" in words(page.split('id="preview"')[1])
    preview = admin.post(CHAT, title="{{ name }}!", text="<b>{{ reference }}", do="preview")
    assert "Ann Lee!" in words(preview.text.split('id="preview"')[1])
    assert "&lt;b&gt;R-7KQ9M" in preview.text
    saved = admin.post(CHAT, title="{{ name }}!", text="{{ reason }}\r\n", do="save")
    assert "Saved in the draft." in words(saved.text)
    assert flow_site.draft().flow.chat_message == ChatMessage("{{ name }}!", "{{ reason }}\n")
    assert flow_site.draft().flow.notification == before.notification
    assert "Message to chat channels, text: changed" in words(admin.get("/admin/flow").text)
    admin.get(CHAT)
    admin.post(CHAT, title="", text="", do="reset")
    assert flow_site.draft().flow == before


def test_refuses_a_message_to_chat_channels_that_cannot_be_rendered(admin: Browser) -> None:
    admin.get(CHAT)
    answer = admin.post(CHAT, title="{{ nobody }}", text="{{ reason }}", do="save")
    assert answer.status_code == 422
    assert "Line 1: there is nothing called nobody" in words(answer.text)
    assert 'id="title-error"' in answer.text
    assert flow_site.draft().number is None


def test_lets_two_designers_word_the_mail_and_the_message(admin: Browser) -> None:
    admin.get(CHAT)
    flow_site.save("ben", notification={"subject": "Ben's", "text": "{{ reason }}"})
    answer = admin.post(CHAT, title="Mine", text="{{ name }}", do="save")
    assert "Both changes are in it." in words(answer.text)
    flow_site.save("ben", chat_message={"title": "Ben's", "text": "{{ name }}"})
    answer = admin.post(CHAT, title="Mine again", text="{{ name }}", do="save")
    assert answer.status_code == 409
    assert "ben has changed the message to chat channels" in words(answer.text)


def test_leads_from_what_is_wrong_elsewhere_to_its_page(admin: Browser) -> None:
    flow_site.add_both()
    flow_site.save("ben", chat_message={"title": "{{ order_number }}", "text": "{{ name }}"})
    admin.get("/admin/flow/fields")
    answer = admin.post("/admin/flow/fields", remove="order_number")
    assert answer.status_code == 422
    assert f'<a href="{CHAT}">Message to chat channels, title</a>' in answer.text


def fields_of(admin: Browser) -> dict[str, str]:
    """The sentences in the form, as the page has them."""
    found = {}
    for part in admin.page.split("<textarea ")[1:]:
        name = html.unescape(part.split('name="')[1].split('"')[0])
        found[name] = html.unescape(part.split(">\n")[1].split("</textarea>")[0])
    return found
