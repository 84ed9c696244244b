"""The figures of understanding: what counts as right, and how the messages are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.flow.labelled import (
    Labelled,
    MessagesMalformed,
    Outcome,
    figures,
    is_right,
    outcome,
    read_messages,
)


@pytest.mark.parametrize(
    "label, intent, expected, right",
    [
        ("ask", "request_human", Outcome.STARTS, True),
        ("ask", "nlu_fallback", Outcome.OFFERS, False),
        ("ask", "deny", Outcome.ERRS, False),
        ("background", "out_of_scope", Outcome.OFFERS, True),
        ("background", "nlu_fallback", Outcome.OFFERS, True),
        ("background", "request_human", Outcome.STARTS, False),
        ("background", "thank", Outcome.ERRS, False),
        ("insult_bot", "insult_bot", Outcome.OFFERS, True),
        ("greet", "greet", Outcome.ANSWERS, True),
        ("greet", "out_of_scope", Outcome.OFFERS, False),
        ("greet", "thank", Outcome.ERRS, False),
        ("refuse_human", "request_human", Outcome.STARTS, False),
    ],
)
def test_it_knows_what_an_intent_does_to_a_message(
    label: str, intent: str, expected: Outcome, right: bool
) -> None:
    assert outcome(label, intent) is expected
    assert is_right(Labelled(label, "some", "text"), expected) is right


def test_it_counts_each_kind_of_message_by_itself() -> None:
    judged = [
        ("ask", Outcome.STARTS),
        ("ask", Outcome.STARTS),
        ("ask", Outcome.OFFERS),
        ("ask", Outcome.ERRS),
        ("background", Outcome.STARTS),
        ("background", Outcome.OFFERS),
        ("insult_bot", Outcome.OFFERS),
        ("greet", Outcome.ANSWERS),
        ("thank", Outcome.OFFERS),
    ]
    messages = [Labelled(label, "some", "text") for label, _ in judged]
    assert figures(messages, [result for _, result in judged]) == {
        "asks": 4,
        "found_at_once": 50.0,
        "found_with_offer": 75.0,
        "others": 5,
        "false_starts": 20.0,
        "answerable": 2,
        "answered": 50.0,
        "offered_away": 50.0,
    }


def test_it_bears_a_file_with_one_kind_only() -> None:
    found = figures([Labelled("ask", "some", "agent")], [Outcome.STARTS])
    assert (found["found_at_once"], found["false_starts"], found["answered"]) == (100.0, 0.0, 0.0)


def test_it_reads_headings_messages_and_remarks(tmp_path: Path) -> None:
    path = tmp_path / "messages.txt"
    path.write_text("# a remark\n#\n== ask: terse\nagent\n\n#4711\n== greet: hello\nhi: you\n")
    assert read_messages(path) == [
        Labelled("ask", "terse", "agent"),
        Labelled("ask", "terse", "#4711"),
        Labelled("greet", "hello", "hi: you"),
    ]


@pytest.mark.parametrize("text", ["agent\n", "== ask\nagent\n", "# fine\n== : terse\nagent\n"])
def test_it_refuses_a_message_without_label_and_group(tmp_path: Path, text: str) -> None:
    path = tmp_path / "messages.txt"
    path.write_text(text)
    with pytest.raises(MessagesMalformed, match=r"line \d.*has no label"):
        read_messages(path)
