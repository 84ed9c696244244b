"""The words of domain.yml, chosen and filled in as Rasa would."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support import settings, words
from support.flow.document import Changes
from support.words import Words
from tests.assistant import domain

ON = replace(settings.DEFAULTS, enabled=True, response_time="soon", alternative_contact="call 1")
OFF = replace(ON, enabled=False, alternative_contact="")


def when(slot: str, value: str) -> dict[str, str]:
    return {"type": "slot", "name": slot, "value": value}


TWO = Words(
    {
        "utter_it": [
            {"text": "plain {name}"},
            {"condition": [when("a", "1")], "text": "one"},
            {"condition": [when("a", "1"), when("b", "2")], "text": "never reached"},
            {"condition": [when("b", "2")], "text": "two {name}{unknown}"},
        ]
    }
)


@pytest.mark.parametrize(
    ("slots", "text"),
    [
        ({}, "plain "),
        ({"name": "Ann"}, "plain Ann"),
        ({"a": "2"}, "plain "),
        ({"a": "1"}, "one"),
        ({"b": "2", "name": "{b}"}, "two {b}"),
    ],
)
def test_says_the_variation_whose_conditions_hold(slots: dict[str, str], text: str) -> None:
    assert TWO.say("utter_it", slots) == text


def test_has_no_words_for_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        TWO.say("utter_other", {})


def test_reads_the_projects_own() -> None:
    known = words.values(ON, "https://example.org")
    said = words.of_flow(Changes()).say("utter_request_sent", {**known, "reference": "R-34ACD"})
    assert "R-34ACD" in said
    assert "soon" in said


def test_says_where_the_form_is_and_nothing_of_settings_that_cannot_be_read() -> None:
    known = words.values(None, "https://example.org")
    assert known == {"contact_form": "https://example.org/contact", "other_ways": "unknown"}
    assert "https://example.org/contact" in words.of_flow(Changes()).say("utter_unavailable", known)


def test_says_the_other_ways_and_no_form_while_switched_off() -> None:
    known = words.values(OFF, "https://example.org")
    said = words.of_flow(Changes()).say("utter_unavailable", known)
    assert "https://example.org" not in said
    assert "call 1" in words.of_flow(Changes()).say(
        "utter_unavailable", words.values(replace(OFF, alternative_contact="call 1"), "x")
    )


@pytest.mark.parametrize("response", sorted(r for r in domain()["responses"] if "contact" in r))
@pytest.mark.parametrize("current", [None, ON, OFF])
def test_has_no_gap_in_what_the_contact_form_says(
    response: str, current: settings.Settings | None
) -> None:
    said = words.of_flow(Changes()).say(response, words.values(current, "https://example.org"))
    assert said.strip()
    assert "  " not in said
    assert not said.endswith(": ")
