"""A model's graph without dask: the same outputs, the same errors."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.core import processor
    from rasa.engine.exceptions import GraphComponentException, GraphRunError
    from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.runner.interface import GraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage

    from components import action_server, debug_copies, direct_runner, event_types, open_store
    from components.direct_runner import DirectRunner
    from support.errors import ConfigError

CALLED: list[str] = []


class Step(GraphComponent):
    """Adds up what it is given, and says that it was called."""

    @classmethod
    def create(cls, config: dict[str, Any], *_: Any, **__: Any) -> Step:
        step = cls()
        step.name, step.error = config["name"], config.get("error")
        return step

    def run(self, **given: int) -> int:
        CALLED.append(self.name)
        if self.error:
            raise self.error
        return 1 + sum(given.values())


def node(name: str, error: Exception | None = None, **needs: str) -> SchemaNode:
    """One of the graph's."""
    config = {"name": name, "error": error}
    return SchemaNode(
        needs=needs, uses=Step, constructor_name="create", fn="run", config=config, eager=True
    )


def made(kind: type[GraphRunner], tmp_path: Any, **nodes: SchemaNode) -> GraphRunner:
    """A runner of a graph with these nodes."""
    schema = GraphSchema(nodes)
    return kind.create(schema, LocalModelStorage(tmp_path), ExecutionContext(schema))


BOTH = pytest.mark.parametrize("kind", [DirectRunner, DaskGraphRunner])


@BOTH
def test_runs_what_is_needed_once_in_order(kind: type[GraphRunner], tmp_path: Any) -> None:
    runner = made(
        kind,
        tmp_path,
        last=node("last", a="left", b="right"),
        right=node("right", a="first"),
        left=node("left", a="first"),
        first=node("first", a="__given__"),
        unneeded=node("unneeded", a="first"),
    )
    for _ in range(2):
        CALLED.clear()
        assert runner.run({"__given__": 5}, ["last", "left"]) == {"last": 15, "left": 7}
        assert CALLED[0] == "first"
        assert sorted(CALLED) == ["first", "last", "left", "right"]


@BOTH
def test_refuses_an_input_with_a_nodes_name(kind: type[GraphRunner], tmp_path: Any) -> None:
    with pytest.raises(GraphRunError):
        made(kind, tmp_path, first=node("first")).run({"__given__": "first"}, ["first"])


@BOTH
def test_says_that_a_component_failed(kind: type[GraphRunner], tmp_path: Any) -> None:
    runner = made(kind, tmp_path, first=node("first", ValueError("no")))
    with pytest.raises(GraphComponentException):
        runner.run({}, ["first"])


def test_runs_models_but_not_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "DaskGraphRunner", DaskGraphRunner)
    direct_runner.install()
    assert processor.DaskGraphRunner is DirectRunner
    from rasa import model_training

    assert model_training.DaskGraphRunner is DaskGraphRunner


@pytest.mark.parametrize(
    "part", [debug_copies, direct_runner, event_types, open_store, action_server]
)
def test_refuses_a_rasa_it_was_not_made_for(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasa.__version__", "3.7.0")
    given = [None, None] if part is action_server else []
    with pytest.raises(ConfigError, match=rf"{part.__name__} was made for 3\.6\.21"):
        part.install(*given)
