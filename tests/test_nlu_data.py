"""The training examples and the labelled messages: complete, sorted, and apart."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from support.flow.labelled import MESSAGES, read_messages

TESTED = [MESSAGES, *sorted(Path("tests/understanding").glob("*.txt"))]
FILES = [Path("data/nlu.yml"), *sorted(Path("data/nlu").glob("*.yml"))]
ASK_GROUPS = {
    "the word alone, or nearly",
    "plain and polite",
    "asking how to reach a person",
    "rude, or angry at the assistant",
    "to be called or written back",
    "higher up",
    "by department or role",
    "with the problem in the same breath",
    "several sentences",
    "misspelt, or in chat spelling",
}
NEIGHBOUR_GROUPS = {
    "talk about agents and staff",
    "jobs, other kinds of agents, operators, humans and persons",
    "contact facts",
    "calls, talk, transfers and connections that are not with the team",
    "gibberish, other languages, bare data",
    "small talk",
}


def examples() -> list[tuple[str, str]]:
    """All training examples as (intent, text)."""
    return [
        (block["intent"], line.removeprefix("- "))
        for path in FILES
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]


def key(text: str) -> str:
    """The text without case, marks and spacing; marks alone stay."""
    return re.sub(r"\W+", " ", text.lower()).strip() or text


def test_every_intent_of_the_domain_has_examples_and_no_other() -> None:
    domain = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))
    assert {intent for intent, _ in examples()} == set(domain["intents"])


def test_no_example_stands_under_two_intents() -> None:
    intents: dict[str, set[str]] = {}
    for intent, text in examples():
        intents.setdefault(text.lower(), set()).add(intent)
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_no_example_stands_twice() -> None:
    assert [
        text for text, count in Counter(text for _, text in examples()).items() if count > 1
    ] == []


@pytest.mark.parametrize(
    "path, groups",
    [(FILES[0], ASK_GROUPS), (Path("data/nlu/out_of_scope.yml"), NEIGHBOUR_GROUPS)],
)
def test_the_groups_are_there_for_the_designer(path: Path, groups: set[str]) -> None:
    found = re.findall(r"^# group: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert groups <= set(found)
    assert len(found) == path.read_text(encoding="utf-8").count("- intent: ")


def test_no_labelled_message_is_a_training_example() -> None:
    trained = {key(text) for _, text in examples()}
    tested = [item.text for path in TESTED for item in read_messages(path)]
    assert [text for text in tested if key(text) in trained] == []


def test_there_are_enough_labelled_messages_of_every_kind() -> None:
    labels = Counter(item.label for path in TESTED for item in read_messages(path))
    assert labels.total() >= 400
    assert min(labels["ask"], labels["background"]) >= 150
    assert set(labels) - {"ask", "background"} == {
        intent for intent, _ in examples() if intent not in {"request_human", "out_of_scope"}
    }
