"""The form from message to message, without Rasa."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from support.form import (
    CONFIRMATION,
    CORRECTED,
    MAX_TURNS,
    MAX_UNCLEAR,
    NAMES,
    SILENCE_SECONDS,
    FormState,
    Step,
    answer,
    is_complete,
    open_form,
)
from support.reading import REASON_LENGTH

KNOWN = {
    "name": "Ann Lee",
    "email": "ann@example.org",
    "phone": "+12025550123",
    "reason": "my order never came",
}


def at(asked: str, known: Mapping[str, str] | None = None) -> Step:
    """The form at a question, with everything before it answered, unless `known` says what is."""
    before = NAMES[: NAMES.index(asked)] if asked in NAMES else NAMES
    values = {name: KNOWN[name] for name in before} if known is None else known
    return Step(FormState(values=values, asked=asked))


def opened(text: str, known: Mapping[str, str], earlier: str | None = None) -> Step:
    """The form just opened."""
    return open_form(text, FormState(values=known), "US", earlier)


def talk(step: Step, *texts: str) -> Step:
    """The step after several messages."""
    for text in texts:
        assert step.outcome is None
        step = answer(step.state, text, "US")
    return step


def put(step: Step) -> tuple[str | None, str | None]:
    """The question put, and its wording."""
    assert step.outcome is None
    return step.state.asked, step.state.problem


def without(*names: str) -> Mapping[str, str]:
    """What is known, but for these fields."""
    return {name: value for name, value in KNOWN.items() if name not in names}


# One question after the other


def test_asks_one_question_after_the_other_and_ends_with_the_summary() -> None:
    step = opened("agent", {})
    asked = [put(step)]
    for text in KNOWN.values():
        step = talk(step, text)
        asked.append(put(step))
    assert asked == [(question, None) for question in (*NAMES, CONFIRMATION)]
    assert step.state.values == KNOWN
    sent = talk(step, "Send")
    assert (sent.outcome, sent.state.values) == ("send", KNOWN)


def test_asks_only_for_what_is_not_known() -> None:
    assert put(opened("agent", KNOWN)) == (CONFIRMATION, None)
    assert put(opened("agent", without("reason"))) == ("reason", None)
    step = opened("I'm Bob, agent", without("phone"))
    assert put(step) == ("phone", None)
    assert step.state.values == {**without("phone"), "name": "Bob"}


def test_takes_everything_from_one_message() -> None:
    text = "Ann Lee, ann@example.org, +1 202 555 0123, my order never came"
    step = talk(opened("agent", {}), text)
    assert (put(step), step.state.values) == ((CONFIRMATION, None), KNOWN)


def test_keeps_the_message_that_was_offered_to_the_team_as_the_reason() -> None:
    long = opened("yes", {}, "do you sell\r\nchairs\u200b " + "x" * 10_000).state.values["reason"]
    assert long.startswith("do you sell chairs xxx")
    assert len(long) == REASON_LENGTH
    assert opened("yes", {}, " delivery\ntime?").state.values == {"reason": "delivery time?"}


@pytest.mark.parametrize("earlier", ["🙂", "my mail is ann@example.org"])
def test_makes_no_reason_of_a_message_that_says_none(earlier: str) -> None:
    assert "reason" not in opened("yes", {}, earlier).state.values


def test_keeps_an_answer_that_came_too_early() -> None:
    step = talk(opened("agent", {}), "ann@example.org")
    assert (put(step), step.state.values) == (("name", "again"), {"email": "ann@example.org"})
    assert put(talk(step, "Ann")) == ("phone", None)


@pytest.mark.parametrize("asked", [*NAMES, CONFIRMATION])
def test_forgets_everything_when_the_visitor_cancels(asked: str) -> None:
    assert talk(at(asked, KNOWN), "cancel") == Step(FormState(), outcome="cancelled")


@pytest.mark.parametrize("name", ["name", "reason"])
def test_sends_nothing_while_a_required_field_is_missing(name: str) -> None:
    assert not is_complete(without(name))
    assert not is_complete({**without(name), name: ""})
    assert put(talk(at(CONFIRMATION, without(name)), "send")) == (name, None)


def test_sends_nothing_without_a_way_to_reach_the_visitor() -> None:
    assert is_complete(without("email"))
    assert is_complete(without("phone"))
    assert not is_complete(without("email", "phone"))
    assert put(talk(at(CONFIRMATION, without("email", "phone")), "send")) == ("email", None)


@pytest.mark.parametrize("asked", NAMES)
def test_never_ends_on_a_send_before_the_summary(asked: str) -> None:
    assert talk(at(asked, without(asked)), "yes, send it").outcome is None


def test_forgets_nothing_between_two_messages() -> None:
    step = talk(opened("agent", {}), "12345", "no", "Ann", "skip", "ann@gmial.com")
    kept = json.loads(json.dumps(step.state.to_json()))
    state = step.state
    assert FormState.from_json(state.values, state.asked, state.problem, kept) == state


@pytest.mark.parametrize("kept", [None, {}, "nonsense"])
def test_goes_on_with_a_form_that_nothing_was_kept_of(kept: object) -> None:
    state = FormState.from_json({"name": "Ann"}, "email", None, kept)
    assert put(answer(state, "ann@example.org", "US")) == ("phone", None)


# Failing values


@pytest.mark.parametrize(
    "asked, texts, following",
    [
        ("name", ("12345", "67890", "13579"), "email"),
        ("email", ("ann at example", "ann at work", "ann@work"), "phone"),
        ("phone", ("12", "13", "call ext 14"), "reason"),
        ("reason", ("...", "🙂", "!!!"), CONFIRMATION),
    ],
)
def test_keeps_the_third_failing_value_as_typed_and_marks_it(
    asked: str, texts: tuple[str, ...], following: str
) -> None:
    step = talk(at(asked), texts[0])
    assert put(step) == (asked, f"invalid_{asked}")
    step = talk(step, texts[1])
    assert put(step) == (asked, f"invalid_{asked}_again")
    step = talk(step, texts[2])
    assert step.state.asked == following
    assert step.state.values[asked] == texts[2]
    assert step.state.unverified == (asked,)


@pytest.mark.parametrize("asked, longest", [("name", 80), ("email", 254), ("phone", 40)])
def test_cuts_what_it_keeps_as_typed(asked: str, longest: int) -> None:
    step = talk(at(asked), *["1x\u200b\r\n2 " * 900] * 3)
    assert step.state.values[asked].startswith("1x 2 1x")
    assert longest - 3 <= len(step.state.values[asked]) <= longest


def test_takes_the_mark_away_when_a_checked_value_comes() -> None:
    step = talk(at("email"), *["ann at example"] * 3, "ann@example.org")
    assert step.state.values["email"] == "ann@example.org"
    assert step.state.unverified == ()


def test_keeps_the_mark_for_the_next_form() -> None:
    step = talk(at("email"), *["ann at example"] * 3)
    assert open_form("agent", step.state, "US").state.unverified == ("email",)
    assert open_form("I'm Ann, a@b.org, agent", step.state, "US").state.unverified == ()


@pytest.mark.parametrize("asked", ["name", "email", "phone"])
@pytest.mark.parametrize(
    "text", ["do you sell chairs?", "are you a bot?", "go on", "ok, send it", "why?", ""]
)
def test_never_keeps_a_question_or_a_command_as_a_value(asked: str, text: str) -> None:
    step = at(asked)
    for _ in range(MAX_TURNS):
        step = answer(step.state, text, "US")
        assert asked not in step.state.values
        if step.outcome:
            break
    assert step.outcome == "left"


# Skipping


def test_leaves_the_phone_out_when_there_is_an_address() -> None:
    step = talk(at("phone"), "skip")
    assert put(step) == ("reason", None)
    assert put(talk(step, "my order never came")) == (CONFIRMATION, None)
    assert talk(step, "my order never came", "send").outcome == "send"


@pytest.mark.parametrize("text", ["Skip", "I don't have one", "no e-mail", "I have no email."])
def test_needs_a_number_when_there_is_no_address(text: str) -> None:
    step = talk(at("email"), text)
    assert put(step) == ("phone", "only_phone")
    step = talk(step, "I don't have a phone")
    assert put(step) == ("phone", "needed_phone")
    assert put(talk(step, "202-555-0123")) == ("reason", None)


def test_takes_an_address_after_all_instead_of_the_number() -> None:
    step = talk(at("email"), "skip", "skip", "ann@example.org")
    assert put(step) == ("reason", None)
    step = talk(at("email"), "skip", "oh, ann@example.org")
    assert put(step) == ("phone", "again")


@pytest.mark.parametrize("asked", ["name", "reason"])
def test_says_why_it_needs_what_is_required(asked: str) -> None:
    assert put(talk(at(asked), "skip")) == (asked, f"needed_{asked}")


def test_needs_a_number_beside_an_address_that_could_not_be_checked() -> None:
    step = talk(at("email"), *["ann at example"] * 3)
    assert put(step) == ("phone", "only_phone")
    assert put(talk(step, "skip")) == ("phone", "needed_phone")
    assert put(talk(step, "skip", "ann@example.org")) == ("reason", None)


# Corrections


def test_changes_one_field_and_comes_back_to_the_summary() -> None:
    step = talk(at(CONFIRMATION), "Change something")
    assert put(step) == (CONFIRMATION, "which_field")
    step = talk(step, "Change my e-mail")
    assert put(step) == ("email", "change_email")
    assert step.state.values == without("email")
    step = talk(step, "bob@example.org")
    assert put(step) == (CONFIRMATION, None)
    assert step.state.values == {**KNOWN, "email": "bob@example.org"}


@pytest.mark.parametrize(
    "text, changed",
    [
        ("my number is 202-555-0199", {"phone": "+12025550199"}),
        ("my mail is ann@x.org, not ann@y.org", {"email": "ann@x.org"}),
        ("no, it's Anna not Ann", {"name": "Anna Lee"}),
        ("change my name to Anna", {"name": "Anna"}),
        ("the reason is my refund", {"reason": "my refund"}),
    ],
)
def test_takes_a_correction_at_the_summary(text: str, changed: dict[str, str]) -> None:
    step = talk(at(CONFIRMATION), text)
    assert put(step) == (CONFIRMATION, None)
    assert step.state.values == {**KNOWN, **changed}


def test_takes_a_correction_with_its_value_at_any_question() -> None:
    step = talk(at("phone"), "my mail is ann@x.org, not ann@example.org")
    assert (step.say, put(step)) == (CORRECTED, ("phone", "again"))
    assert step.state.values["email"] == "ann@x.org"
    step = talk(at("reason"), "no, it's Anna not Ann")
    assert (step.say, put(step)) == (CORRECTED, ("reason", "again"))
    assert step.state.values["name"] == "Anna Lee"


def test_asks_only_the_field_that_is_wrong() -> None:
    step = talk(at("reason"), "wrong number")
    assert put(step) == ("phone", "change_phone")
    assert put(talk(step, "202-555-0199")) == ("reason", None)


@pytest.mark.parametrize(
    "asked, before", [("email", "name"), ("phone", "email"), (CONFIRMATION, "reason")]
)
@pytest.mark.parametrize("text", ["go back", "Previous question", "that's wrong"])
def test_goes_back_one_question(asked: str, before: str, text: str) -> None:
    if (asked, text) != (CONFIRMATION, "that's wrong"):
        assert put(talk(at(asked), text)) == (before, f"change_{before}")


def test_goes_back_from_the_choice_of_fields_to_the_summary() -> None:
    assert put(talk(at(CONFIRMATION), "change", "go back")) == (CONFIRMATION, None)


def test_stays_at_the_first_question_when_there_is_nothing_to_go_back_to() -> None:
    assert put(talk(at("name"), "go back")) == ("name", None)


def test_goes_back_to_what_was_skipped() -> None:
    assert put(talk(at("phone"), "skip", "go back")) == ("phone", "change_phone")


# Questions in between, and the end of patience


@pytest.mark.parametrize("asked", [*NAMES, CONFIRMATION])
def test_answers_a_question_and_asks_its_own_again_once(asked: str) -> None:
    step = talk(at(asked), "what happens with my data?")
    assert (step.say, put(step)) == ("what_happens_to_data", (asked, None))
    assert step.state.values == at(asked).state.values


def test_takes_the_answer_beside_a_question() -> None:
    step = talk(at("name"), "Ann Lee. Why do you need my name?")
    assert (step.say, put(step)) == ("why_name", ("email", None))
    assert step.state.values == {"name": "Ann Lee"}


def test_says_that_it_did_not_understand_at_the_summary_and_leaves_after_some_tries() -> None:
    step = talk(at(CONFIRMATION), "cancel my order")
    assert put(step) == (CONFIRMATION, "unclear")
    step = talk(step, "hm")
    assert put(step) == (CONFIRMATION, "unclear_again")
    assert talk(step, *["hm"] * (MAX_UNCLEAR - 2)).outcome == "left"


def test_keeps_the_answers_when_it_leaves() -> None:
    left = talk(at(CONFIRMATION), *["hm"] * MAX_UNCLEAR)
    assert put(open_form("agent", left.state, "US")) == (CONFIRMATION, None)
    assert left.state.values == KNOWN


# Stop


@pytest.mark.parametrize("asked", NAMES)
@pytest.mark.parametrize("text", ["no", "Nope!", "no thanks", "not now", "later"])
def test_asks_back_once_when_it_may_be_a_stop(asked: str, text: str) -> None:
    step = talk(at(asked), text)
    assert put(step) == (asked, "stop_or_go_on")
    assert talk(step, text).outcome == "cancelled"
    assert talk(step, "Stop").outcome == "cancelled"
    assert put(talk(step, "Go on")) == (asked, None)


def test_reads_an_answer_where_it_asked_whether_to_stop() -> None:
    assert put(talk(at("name"), "no", "Noor Nein")) == ("email", None)
    assert put(talk(at("phone"), "no", "skip")) == ("reason", None)


def test_does_not_send_when_it_asked_whether_to_go_on() -> None:
    assert put(talk(at(CONFIRMATION), "not now", "yes")) == (CONFIRMATION, None)


# Suggestions


def test_asks_whether_a_misspelt_domain_was_meant() -> None:
    step = talk(at("email"), "ann@gmial.com")
    assert put(step) == ("email", "suggest_email")
    assert step.state.suggestion == "ann@gmail.com"


@pytest.mark.parametrize(
    "text, email",
    [
        ("yes", "ann@gmail.com"),
        ("gmail.com", "ann@gmail.com"),
        ("No, as I typed it", "ann@gmial.com"),
        ("no", "ann@gmial.com"),
        ("hm", "ann@gmial.com"),
        ("ann@example.org", "ann@example.org"),
        ("no, ann@example.org", "ann@example.org"),
    ],
)
def test_takes_the_answer_to_a_suggestion(text: str, email: str) -> None:
    step = talk(at("email"), "ann@gmial.com", text)
    assert put(step) == ("phone", None)
    assert step.state.values["email"] == email
    assert step.state.suggestion is None


def test_suggests_wherever_the_address_was_given() -> None:
    assert put(opened("I need an agent, ann@gmial.com", {})) == ("email", "suggest_email")
    step = talk(at(CONFIRMATION), "my mail is ann@gmial.com")
    assert put(step) == ("email", "suggest_email")
    assert put(talk(step, "yes")) == (CONFIRMATION, None)


def test_repeats_a_suggestion_after_a_question_in_between() -> None:
    step = talk(at("email"), "ann@gmial.com", "are you a bot?")
    assert (step.say, put(step)) == ("are_you_a_bot", ("email", "suggest_email"))


# Silence


@pytest.mark.parametrize("asked", [*NAMES, CONFIRMATION])
@pytest.mark.parametrize("text", ["Bob", "send", "my chair broke", "bob@example.org", "no"])
def test_takes_no_answer_from_a_visitor_who_comes_back(asked: str, text: str) -> None:
    step = answer(at(asked).state, text, "US", SILENCE_SECONDS + 1)
    assert put(step) == (asked, "welcome_back")
    assert step.state.values == at(asked).state.values
    assert put(talk(step, "Go on")) == (asked, None)
    assert talk(step, "no").outcome == "cancelled"


def test_reads_on_after_the_welcome_and_after_a_short_silence() -> None:
    step = answer(at("email").state, "hi", "US", SILENCE_SECONDS * 24)
    assert put(answer(step.state, "bob@example.org", "US", SILENCE_SECONDS * 2)) == ("phone", None)
    assert put(answer(at("name").state, "Bob", "US", SILENCE_SECONDS)) == ("email", None)


def test_stops_for_a_visitor_who_comes_back_to_stop() -> None:
    assert answer(at("name").state, "cancel", "US", 1e6).outcome == "cancelled"
