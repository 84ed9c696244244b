"""docs/monitoring.md and deploy/prometheus/ name what there is, and nothing else."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from components import rasa_logs
from support import health, trace
from support.config import PROJECT, Config
from support.figures import Asks, Requests
from support.lately import Lately
from support.log_lines import JsonLines
from support.metrics import ActionMetrics, RasaMetrics
from support.observing import Observer
from support.state_metrics import State, StateMetrics
from support.trace import Outcome, Turn

TEXT = (PROJECT / "docs/monitoring.md").read_text(encoding="utf-8")
FOLDER = PROJECT / "deploy/prometheus"
OF_HISTOGRAMS = re.compile(r"_(bucket|count|sum)$")


def table(heading: str) -> dict[str, list[str]]:
    """The rows below a heading cell, by their first cell's name; without its backticks."""
    rows = TEXT[TEXT.index(f"| {heading} |") :].partition("\n\n")[0].splitlines()[2:]
    cells = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    return {name.strip("`| "): rest for name, *rest in cells}


def told_state() -> State:
    """A state with everything in it."""
    found = health.Health("ok", True, True, 0, 0, 0)
    return State(found, Lately(Asks(), {"email": 1}, Requests()))


def families(registry: CollectorRegistry) -> Iterator[tuple[str, str, set[str]]]:
    """Name as it is exposed, kind, labels."""
    for family in registry.collect():
        if family.name.startswith("support_"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            yield name, family.type, {label for s in family.samples for label in s.labels}


def figures() -> dict[str, set[str]]:
    """All that the servers tell, with where."""
    rasa, actions = RasaMetrics(), ActionMetrics()
    state = StateMetrics(lambda: True, lambda _now, _loop: told_state())
    asyncio.run(state.refresh())
    actions.registry.register(state)
    told: dict[str, set[str]] = {}
    for server, metrics in (("Rasa", rasa), ("actions", actions)):
        for name, kind, _ in families(metrics.registry):
            told.setdefault(name, set()).update({server, kind})
    state.stop()
    return told


def test_has_every_figure_with_its_kind_and_servers() -> None:
    rows = {name: rest for name, rest in table("figure").items() if name.startswith("support_")}
    written = {
        name: {cells[0], *(("Rasa", "actions") if cells[2] == "both" else (cells[2],))}
        for name, cells in rows.items()
    }
    assert written == figures()


def test_has_every_label() -> None:
    rows = table("figure")
    for metrics in (RasaMetrics(), ActionMetrics()):
        for collector in set(metrics.registry._collector_to_names):
            name = getattr(collector, "_name", "")
            for label in getattr(collector, "_labelnames", ()):
                full = name if name in rows else f"{name}_total"
                assert f"`{label}`" in rows[full][1], f"{full} has the label {label}"


def test_has_every_label_of_the_state() -> None:
    state = StateMetrics(lambda: True, lambda _now, _loop: told_state())
    asyncio.run(state.refresh())
    registry = CollectorRegistry()
    registry.register(state)
    for name, _, labels in families(registry):
        assert set(re.findall(r"`(\w+)`", table("figure")[name][1])) == labels
    state.stop()


def test_has_every_field_of_a_line(configuration: Config, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    observer = Observer(configuration, ActionMetrics())
    headers = {trace.ACTION: "action_listen", trace.CONVERSATION: "5b2f0c9ad1e7"}
    observer.begin("/webhook", headers)
    observer.end("POST", "webhook", 200, headers)
    logging.getLogger("support.test").info("turn", Turn("id", "hash", "rest").fields())
    try:
        raise ValueError
    except ValueError:
        logging.getLogger("support.test").exception("It broke")
    logging.getLogger("support.test").info("x", rasa_logs._say(None, "", {"text": "hello"})[0][1])
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert {field for line in lines for field in line} == set(table("field"))


def test_explains_every_outcome_of_a_turn() -> None:
    row = table("field")["outcome"][1]
    assert {outcome.value for outcome in Outcome} == set(re.findall(r"`(\w+)`", row))


def rules() -> list[dict[str, Any]]:
    """All alerts."""
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_alerts_on_figures_that_there_are() -> None:
    known = set(figures())
    for rule in rules():
        for name in re.findall(r"\bsupport_\w+", rule["expr"]):
            assert name in known or OF_HISTOGRAMS.sub("", name) in known, rule["alert"]


def test_alerts_say_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert re.fullmatch(r"Support[A-Za-z]+", rule["alert"])
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("page", "ticket")
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 8


def test_alerts_use_labels_and_values_that_there_are() -> None:
    rows = table("figure")
    for rule in rules():
        for name, matchers in re.findall(r"\b(support_\w+)\{([^}]*)\}", rule["expr"]):
            row = rows.get(name) or rows[OF_HISTOGRAMS.sub("", name)]
            for label, values in re.findall(r'(\w+)(?:=|!=|=~|!~)"([^"]*)"', matchers):
                assert f"`{label}`" in row[1], rule["alert"]
                words = [value for value in values.split("|") if value.isidentifier()]
                explained = " ".join([*row, *table("field")["outcome"]])
                assert [word for word in words if f"`{word}`" not in explained] == []


def test_shows_the_configuration_that_is_in_the_file() -> None:
    shown = yaml.safe_load(re.search(r"```yaml\n(.*?)```", TEXT, re.S)[1])  # type: ignore[index]
    written = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    (job,), (shown_job,) = written["scrape_configs"], shown["scrape_configs"]
    assert shown_job.items() <= job.items()
    assert job["authorization"]["type"] == "Bearer"
    assert all((FOLDER / file).is_file() for file in written["rule_files"])


def test_writes_what_prometheus_can_read(configuration: Config) -> None:
    answer = asyncio.run(Observer(configuration, RasaMetrics()).scrape("Bearer internal"))
    read = list(text_string_to_metric_families(answer.body.decode()))
    assert {family.name for family in read} > {"support_turns", "process_open_fds"}
