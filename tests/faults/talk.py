"""One visitor's handoff with one fault in it, and what came of it."""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import requests
import yaml

from support.config import PROJECT
from tests.faults.fault import STEPS, Fault, Outcome
from tests.faults.stage import Stage
from tests.system import wait_for

REFERENCE = re.compile(r"\bR-\w{5}\b")
# How the assistant confirms, whether at once, later, or when it is asked.
PASSED_ON = re.compile(r"has (now )?been passed on to our team")
NO_CONNECTION = "(no connection)"
TRIES = 10
ARRIVES_SECONDS = 40
# What a visitor says when this is what the assistant said last.
FITTING = {
    "utter_offer": "asking",
    "utter_ask_handoff_confirmed": "sending",
    "utter_ask_name": "name",
    "utter_ask_email": "e-mail",
    "utter_ask_phone": "phone",
    "utter_ask_reason": "reason",
}


class Talk:
    """Runs one fault on the stage."""

    def __init__(self, stage: Stage, fault: Fault) -> None:
        self._stage = stage
        self._fault = fault
        self._outcome = Outcome(fault)
        self._visitor = f"fault-{uuid.uuid4().hex[:10]}"
        self._heard: list[str] = []

    def have(self) -> Outcome:
        """Talk from asking until the team has the request, with the fault in between."""
        self._stage.well()
        self._stage.tell_by(self._fault.by)
        for step, words in STEPS.items():
            if step == self._fault.step:
                # Who only waits has read the answer to the last message.
                self._outcome.read = self._strike(words) or self._heard[-1:]
                self._fault.mend(self._stage)
                self._outcome.later += self._insist(step)
            elif words and not self._is_over():
                self._say(words)
        self._outcome.later += self._insist("sending")
        self._judge()
        return self._outcome

    def _strike(self, words: str) -> list[str]:
        if self._fault.after is None or not words:
            self._fault.strike(self._stage)
            return self._say(words) if words else []
        with ThreadPoolExecutor(1) as hands:
            answering = hands.submit(self._say, words)
            time.sleep(self._fault.after)
            self._fault.strike(self._stage)
            return answering.result()

    def _insist(self, step: str) -> list[str]:
        """Answer what is asked, until this step is done, as a visitor does who wants it done."""
        said: list[str] = []
        for _ in range(TRIES):
            asked = _asked(self._heard)
            if self._is_over() or (asked and _later(asked, step)):
                break
            said += self._say(STEPS[asked or "asking"])
        return said

    def _is_over(self) -> bool:
        return bool(self._references())

    def _say(self, words: str) -> list[str]:
        try:
            answers = self._stage.system.say(self._visitor, words)
        except (requests.RequestException, ValueError):
            # The chat page would say so, and send it again when it is connected.
            return [NO_CONNECTION]
        self._outcome.silences += not answers
        self._heard += answers
        for answer in answers:
            if PASSED_ON.search(answer):
                named = REFERENCE.findall(answer)
                self._outcome.false_confirmations += not all(map(self._stage.accepted, named))
        return answers

    def _references(self) -> set[str]:
        return set(REFERENCE.findall(" ".join(self._heard)))

    def _judge(self) -> None:
        outcome = self._outcome
        stored = wait_for("the list of requests", lambda: [self._stage.stored(self._visitor)])[0]
        read = self._references()
        named = {request["reference"] for request in stored}
        outcome.lost = len(read - named) + (not stored)
        outcome.duplicates = max(0, len(stored) - 1)
        outcome.references = named
        for reference in named:
            if self._fault.ends:
                outcome.lost += not self._is_given_up(reference)
            else:
                self._wait_for(reference)
        if any(says(r).search(t) for r in _NOT_YET for t in outcome.read + outcome.later):
            outcome.later += self._say("thanks")

    def _wait_for(self, reference: str) -> None:
        self._stage.pass_time()
        try:
            wait_for("the team", lambda: self._stage.accepted(reference), ARRIVES_SECONDS)
        except AssertionError:
            self._outcome.lost += 1

    def _is_given_up(self, reference: str) -> bool:
        """Whether an admin sees that it did not get through."""
        request = self._stage.system.admin("GET", f"requests/{reference}").json()
        return [delivery["status"] for delivery in request["deliveries"]] == ["failed"]


def count_repeats(stage: Stage, outcome: Outcome) -> None:
    """Count what came more than once; to be done when nothing more can come."""
    for reference in outcome.references:
        times = Counter(stage.accepted(reference))
        again = sum(times.values()) - len(times)
        outcome.repeats += again
        outcome.duplicates += 0 if outcome.fault.window else again


_NOT_YET = ("utter_request_saved", "utter_request_undelivered")


def _asked(heard: list[str]) -> str | None:
    """The step that the assistant's last words ask for."""
    for answer in reversed(heard):
        for response, step in FITTING.items():
            if says(response).search(answer):
                return step
        if says("utter_request_not_saved").search(answer):
            return "asking"
    return None


def _later(step: str, than: str) -> bool:
    order = list(STEPS)
    return order.index(step) > order.index(than)


@cache
def says(response: str) -> re.Pattern[str]:
    """Matches what a response may say."""
    responses = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    texts = [each["text"] for each in responses[response] if "text" in each]
    return re.compile("|".join(re.sub(r"\\{\w+\\}", ".*", re.escape(t)) for t in texts), re.S)
