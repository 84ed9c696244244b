"""Rasa's importer: the files with the published flow, or no training at all."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.importers.importer import TrainingDataImporter

from components.flow_importer import FlowImporter, FlowNotLoaded
from scripts import training
from scripts.process import StartError
from support.config import PROJECT
from support.flow.document import Changes, field_from_json
from support.flow.project import TRIGGER, read
from tests.flow_product import ORDER_NUMBER, PHRASE

# Rasa reads YAML with pkg_resources, which warns of itself, and warns of slots it does not fill.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
FIELDS = [
    {"name": "email", "type": "email", "required": True, "label": "E-mail", "question": "Where?"},
    {**ORDER_NUMBER, "required": False, "label": "Order number"},
]
CHANGES = Changes(
    phrases_added=(PHRASE,),
    phrases_removed=(read().phrases[0],),
    fields=tuple(map(field_from_json, FIELDS)),
    messages={"utter_thank": "Any time!"},
)


def importer(changes: Changes | None) -> FlowImporter:
    return FlowImporter(
        str(PROJECT / "config.yml"), str(PROJECT / "domain.yml"), [str(PROJECT / "data")], changes
    )


def asks(found: FlowImporter) -> set[str]:
    examples = found.get_nlu_data().training_examples
    return {each.get("text") for each in examples if each.get("intent") == TRIGGER}


def test_reads_what_the_files_say_when_there_is_no_flow() -> None:
    found = importer(Changes())
    assert asks(found) == set(read().phrases)
    assert found.get_domain().as_dict()["responses"] == read().domain["responses"]


def test_lays_the_flow_over_the_files() -> None:
    found = importer(CHANGES)
    assert asks(found) == {*read().phrases[1:], PHRASE}
    domain = found.get_domain()
    assert domain.responses["utter_thank"] == [{"text": "Any time!"}]
    assert "order_number" in {slot.name for slot in domain.slots}
    assert domain.required_slots_for_form("handoff_form") == [
        "email", "order_number", "handoff_confirmed"
    ]  # fmt: skip
    again = importer(Changes()).get_domain()
    assert again.responses["utter_thank"] != [{"text": "Any time!"}]


def test_is_the_one_that_rasa_uses_for_this_project() -> None:
    found = TrainingDataImporter.load_from_config(
        str(PROJECT / "config.yml"), str(PROJECT / "domain.yml"), [str(PROJECT / "data")]
    )
    assert "components.flow_importer.FlowImporter" in (PROJECT / "config.yml").read_text()
    assert not found.get_stories().is_empty()


def test_stops_when_the_published_flow_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "support.db"
    broken.write_text("this is no database " * 100)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{broken}")
    with pytest.raises(FlowNotLoaded, match="DATABASE_URL"):
        importer(None)
    with pytest.raises(StartError, match="DATABASE_URL"):
        training.checksum_of_inputs()


def test_stops_when_a_module_is_missing_though_rasa_would_only_warn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "support.flow":
            raise ImportError("No module named 'support.flow'")
        return original(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(FlowNotLoaded, match="in the project's folder"):
        importer(None)


@pytest.mark.parametrize("command", [["train"], ["data", "validate"]])
def test_makes_rasa_fail_and_not_go_on_without_it(tmp_path: Path, command: list[str]) -> None:
    broken = tmp_path / "support.db"
    broken.write_text("this is no database " * 100)
    out = ["--out", str(tmp_path)] if command == ["train"] else []
    run = subprocess.run(
        [sys.executable, "-m", "scripts.serve_rasa", *command, *out],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": f"sqlite:///{broken}"},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert run.returncode != 0
    assert "The published handoff flow cannot be read" in run.stdout + run.stderr
    assert not list(tmp_path.glob("*.tar.gz"))


def test_counts_the_published_flow_among_what_a_model_is_made_of(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", db.database_url)
    before = training.checksum_of_inputs()
    monkeypatch.setattr(training.published, "changes", lambda: CHANGES)
    assert training.checksum_of_inputs() != before
