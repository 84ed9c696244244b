"""Simulated visitors talk to the whole running product; every promise is checked as they go.

python -m tests.simulation 2000
"""

from __future__ import annotations

import re
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import yaml

from support.config import PROJECT
from support.form import MAX_TURNS
from support.form_state import WAYS_TO_REACH
from tests.simulated_visitor import Visitor, was_said
from tests.system import TEAM, System, wait_for

# How a talk ends, by the responses that say so.
ENDS = {
    "sent": ("utter_request_sent", "utter_request_saved"),
    "cancelled": ("utter_cancelled",),
    "left": ("utter_form_left",),
}
REFERENCE = re.compile(r"\bR-\w{5}\b")
LONG = "a very long story " * 600


def run(system: System, seeds: Iterable[int], at_once: int) -> Counter[str]:
    """One visitor per seed, some at the same time; how many talks ended in which way."""
    with ThreadPoolExecutor(at_once) as people:
        ends = list(people.map(lambda seed: Talk(system, seed).have(), seeds))
    references = [reference for end, reference in ends if end == "sent"]
    assert len(set(references)) == len(references), "two visitors share a request"
    for reference in references:
        _is_mailed_once(system, str(reference))
    return Counter(end for end, _ in ends)


class Talk:
    """One visitor's conversation."""

    def __init__(self, system: System, seed: int) -> None:
        self._system = system
        self._visitor = Visitor(seed)
        self._name = f"simulated-{seed}-{uuid.uuid4().hex[:6]}"
        self._typed: set[str] = set()
        self._asked: Counter[str] = Counter()

    def have(self) -> tuple[str, str | None]:
        """Talk to the end; how it ended, and the reference if a request was sent."""
        text = self._visitor.asks()
        for _ in range(MAX_TURNS + 1):
            answers = self._send(text)
            end = _end_of(answers)
            if end:
                return end, self._check_request(answers) if end == "sent" else None
            text = self._next_text()
        raise AssertionError(f"{self._name} is still in the form after {MAX_TURNS} messages")

    def _next_text(self) -> str:
        text = LONG if self._visitor.dice.random() < 0.02 else self._visitor.types()
        return text if text.strip() else "."

    def _send(self, text: str) -> list[str]:
        self._typed.add(text[:4000])
        twice = self._visitor.dice.random() < 0.05
        with ThreadPoolExecutor(2) as hands:
            sent = [hands.submit(self._system.say, self._name, text) for _ in range(1 + twice)]
            answers = [answer for each in sent for answer in each.result()]
        assert answers, f"silence after {text[:60]!r}"
        for answer in answers:
            self._asked[answer] += _is_question(answer)
            assert self._asked[answer] <= 2, f"for the third time: {answer!r}"
        return answers

    def _check_request(self, answers: list[str]) -> str:
        """The request that an end speaks of holds what was said, and a way to reach the visitor."""
        (reference,) = set(REFERENCE.findall(" ".join(answers)))
        request = self._system.admin("GET", f"requests/{reference}").json()
        assert any(request[way] for way in WAYS_TO_REACH), f"nobody could answer {reference}"
        for name in ("name", "email", "phone", "reason"):
            value = request[name]
            assert value is None or was_said(name, value, self._typed), f"{value!r} was never said"
        return str(reference)


def _is_mailed_once(system: System, reference: str) -> None:
    def mails() -> int:
        subjects = [mail["Subject"] for mail in system.mails_received()]
        return sum(subject.startswith(f"[{reference}]") for subject in subjects)

    wait_for(f"the mail about {reference}", mails)
    assert mails() == 1, f"{reference} was mailed {mails()} times"


def _end_of(answers: list[str]) -> str | None:
    for end, responses in ENDS.items():
        if any(_says(responses).fullmatch(answer) for answer in answers):
            return end
    return None


def _is_question(answer: str) -> bool:
    # What an added field is asked with may be anything, and nobody is asked for one here.
    added = "utter_ask_added_field"
    asking = tuple(n for n in _responses() if n.startswith("utter_ask_") and n != added)
    return _says(asking).fullmatch(answer) is not None


@cache
def _says(names: tuple[str, ...]) -> re.Pattern[str]:
    """Matches what any of these responses may say."""
    texts = [variation["text"] for name in names for variation in _responses()[name]]
    return re.compile("|".join(re.sub(r"\\{\w+\\}", ".*", re.escape(t)) for t in texts), re.S)


@cache
def _responses() -> dict[str, list[dict[str, str]]]:
    responses: dict[str, list[dict[str, str]]] = yaml.safe_load(
        (PROJECT / "domain.yml").read_text(encoding="utf-8")
    )["responses"]
    return responses


def main(number: int) -> None:
    """Start the product, let so many visitors talk to it, print how their talks ended."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(Path(folder))
        try:
            system.start()
            system.settings(
                enabled=True,
                agent_emails=[TEAM],
                messages_per_minute=600,
                requests_per_client=100_000,
                mails_per_hour=10_000,
            )
            ends = run(system, range(number), at_once=8)
        finally:
            system.stop()
    print(", ".join(f"{end}: {count}" for end, count in sorted(ends.items())))
    print(f"{number} visitors: every talk ended, each request was mailed once.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
