"""The mails that follow the first one about a request."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from support.notifications.email import SUBJECT_NAME_LENGTH
from support.notifications.message import Change, Line, News
from tests.test_email import ANN, NOON, parts, render

LATER = NOON + dt.timedelta(minutes=12)
ADDITION = News("addition", LATER, text="the parcel was blue\n{{ 7*7 }} <b>", follows="f1r57")
CORRECTION = News(
    "correction",
    LATER,
    changes=(
        Change("email", "ann@example.org", "lee@example.org"),
        Change("phone", None, "+12025550188"),
        Change("reason", "it came", "it never came"),
    ),
    follows="f1r57",
)
CANCELLED = News("cancelled", LATER, follows="f1r57")
ALL = [ADDITION, CORRECTION, CANCELLED]


def follow_up(news: News, **changes: Any) -> EmailMessage:
    return render(news=news, **changes)


@pytest.mark.parametrize("news", ALL, ids=lambda news: news.kind)
def test_stands_in_the_thread_of_the_first_mail(news: News) -> None:
    mail = follow_up(news)
    assert mail["Subject"] == f"Re: {render()['Subject']}"
    assert mail["In-Reply-To"] == mail["References"] == "<f1r57@example.com>"
    assert mail["Message-ID"] == "<0123456789abcdef@example.com>"
    assert mail["Reply-To"] == "Ann Lee <ann@example.org>"
    assert mail["Date"].datetime == LATER
    assert mail["X-Support-Reference"] == "R-7KQ9M"


@pytest.mark.parametrize("news", ALL, ids=lambda news: news.kind)
def test_says_how_the_request_stands_now_and_spares_the_conversation(news: News) -> None:
    for body in parts(follow_up(news)).values():
        for needed in (ANN.reference, ANN.name, ANN.email, ANN.phone, ANN.reason):
            assert needed is not None
            assert needed in body
        assert "I want an agent" not in body
        assert "did not get through" not in body


@pytest.mark.parametrize("news", ALL, ids=lambda news: news.kind)
def test_holds_everything_where_the_first_mail_never_arrived(news: News) -> None:
    mail = follow_up(replace(news, follows=None))
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None
    assert mail["Subject"] == render()["Subject"]
    for body in parts(mail).values():
        assert "did not get through to this address" in " ".join(body.split())
        assert "I want an agent" in body


def test_says_what_was_added_as_text() -> None:
    bodies = parts(follow_up(ADDITION))
    assert (
        "Ann Lee adds to request R-7KQ9M:\n\nthe parcel was blue\n{{ 7*7 }} <b>" in bodies["plain"]
    )
    assert "the parcel was blue\n{{ 7*7 }} &lt;b&gt;" in bodies["html"]


def test_says_what_was_corrected_from_what_to_what() -> None:
    bodies = parts(follow_up(CORRECTION))
    assert "E-mail: lee@example.org\n  (before: ann@example.org)\n" in bodies["plain"]
    assert "Phone: +12025550188\n  (before: not given)\n" in bodies["plain"]
    assert "What it is about: it never came\n" in bodies["plain"]
    for needed in ("lee@example.org", "ann@example.org", "+12025550188", "not given"):
        assert needed in bodies["html"]


def test_says_that_no_answer_is_wanted_any_more() -> None:
    for body in parts(follow_up(CANCELLED)).values():
        assert "has cancelled" in body
        assert "Reply to this mail" not in body


def test_keeps_the_subject_under_another_name_however_long() -> None:
    long = "Ann " * 40
    first = render(name=long)
    assert follow_up(ADDITION, name="Bob", asked_as=long)["Subject"] == f"Re: {first['Subject']}"
    assert len(first["Subject"]) < SUBJECT_NAME_LENGTH + 40


def test_lets_no_correction_look_like_another_line() -> None:
    sneaky = News("correction", LATER, changes=(Change("name", "Ann\nPhone: 1", "Bob\nPhone: 2"),))
    assert "\nPhone: " not in parts(follow_up(sneaky))["plain"]


def test_reads_the_conversation_line_by_line() -> None:
    lines = (Line(NOON, "visitor", "first"), Line(NOON, "assistant", "second"))
    body = parts(follow_up(replace(CANCELLED, follows=None), transcript=lines))["plain"]
    assert body.index("Visitor: first") < body.index("Assistant: second")
