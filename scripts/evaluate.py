"""Measures how well the assistant tells asking for a person from everything else: `make evaluate`.

Trains the project's pipeline and Rasa's default one on the same examples, has both read
support/flow/labelled_messages.txt, and prints the figures side by side, the project's
figures per group, and every message that it got wrong. Rasa's default pipeline takes most of the
time (10 minutes and more); `python -m scripts.evaluate --only-ours` leaves it out.
"""

import argparse
import asyncio
import json
import logging
import os
import tempfile
import time
import warnings
from collections.abc import Iterable
from pathlib import Path

import yaml

from scripts.serve_rasa import QUIET
from support.flow.labelled import (
    MESSAGES,
    Labelled,
    Outcome,
    figures,
    is_right,
    outcome,
    read_messages,
)

RESULTS = Path("results/understanding.json")
DEFAULT_RECIPE = {
    "recipe": "default.v1",
    "language": "en",
    "assistant_id": "default-recipe",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {
            "name": "CountVectorsFeaturizer",
            "analyzer": "char_wb",
            "min_ngram": 1,
            "max_ngram": 4,
        },
        {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [{"name": "RulePolicy"}],
}


def predict(config: dict[str, object], texts: list[str]) -> tuple[list[str], dict[str, float]]:
    """Trains a model with `config` on the project's examples and has it read `texts`.

    Returns one intent per text, and `{"training_seconds", "milliseconds_a_message"}`.
    """
    # Rasa's import takes seconds; who asks for --help should not wait for it.
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        start = time.perf_counter()
        model = train_nlu(str(path), "data", folder, domain="domain.yml")
        trained = time.perf_counter()
        agent = Agent.load(model)
        intents = asyncio.run(_parse(agent, texts[:20]))
        begun = time.perf_counter()
        intents = asyncio.run(_parse(agent, texts))
        spent = time.perf_counter() - begun
    return intents, {
        "training_seconds": round(trained - start, 1),
        "milliseconds_a_message": round(1000 * spent / len(texts), 2),
    }


async def _parse(agent: object, texts: list[str]) -> list[str]:
    parse = agent.parse_message  # type: ignore[attr-defined]
    return [str((await parse(text))["intent"]["name"]) for text in texts]


def _print_figures(name: str, found: dict[str, float], cost: dict[str, float]) -> None:
    print(f"\n{name}")
    print(f"  asks found at once            {found['found_at_once']:6.2f} %  of {found['asks']}")
    print(f"  asks found, or by the offer   {found['found_with_offer']:6.2f} %")
    print(f"  false starts                  {found['false_starts']:6.2f} %  of {found['others']}")
    print(f"  answerable, answered          {found['answered']:6.2f} %  of {found['answerable']}")
    print(f"  answerable, offered away      {found['offered_away']:6.2f} %")
    print(f"  training {cost['training_seconds']} s, {cost['milliseconds_a_message']} ms a message")


def _print_groups(messages: list[Labelled], results: list[Outcome]) -> None:
    groups = dict.fromkeys((item.label, item.group) for item in messages)
    print("\nper group: right of all")
    for label, group in groups:
        right = [
            is_right(item, result)
            for item, result in zip(messages, results, strict=True)
            if (item.label, item.group) == (label, group)
        ]
        print(f"  {sum(right):4d} of {len(right):4d}  {label}: {group}")


def _print_misses(messages: list[Labelled], intents: list[str]) -> None:
    print("\nmisses: what it is, what was understood, the message")
    for item, intent in zip(messages, intents, strict=True):
        if not is_right(item, outcome(item.label, intent)):
            print(f"  {item.label:16s} {intent:16s} {item.text}")


def main(arguments: Iterable[str] | None = None) -> None:
    """The command line; see --help."""
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    parser.add_argument("--messages", type=Path, default=MESSAGES, help="file to read")
    parser.add_argument("--only-ours", action="store_true", help="leave out Rasa's default recipe")
    options = parser.parse_args(None if arguments is None else list(arguments))
    os.environ.update(QUIET)
    warnings.simplefilter("ignore")  # Rasa's own imports warn of what only Rasa can change
    messages = read_messages(options.messages)
    pipelines = {"this project": yaml.safe_load(Path("config.yml").read_text(encoding="utf-8"))}
    if not options.only_ours:
        pipelines["Rasa's default recipe"] = DEFAULT_RECIPE
    report = {}
    for name, config in pipelines.items():
        intents, cost = predict(config, [item.text for item in messages])
        results = [outcome(i.label, n) for i, n in zip(messages, intents, strict=True)]
        report[name] = {**figures(messages, results), **cost}
        _print_figures(name, figures(messages, results), cost)
        if name == "this project":
            _print_groups(messages, results)
            _print_misses(messages, intents)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {RESULTS}")


if __name__ == "__main__":
    main()
