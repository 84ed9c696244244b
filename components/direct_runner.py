"""A trained model's graph, run by calling one component after the other.

Stock Rasa works out anew for each message, twice and more, which parts of the graph are needed and
in which order, and hands that to dask, which is made for many computers.
"""

from __future__ import annotations

from typing import Any

from rasa.core import processor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner

from components import rasa_version

Order = list[tuple[str, tuple[str, ...]]]


def install() -> None:
    """Let models that are loaded from now on run so. Training stays as it is.

    Raises ConfigError on a Rasa whose code this was not made for.
    """
    rasa_version.require(__name__)
    processor.DaskGraphRunner = DirectRunner


class DirectRunner(DaskGraphRunner):
    """Rasa's runner without dask."""

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """The output of each target. Raises as Rasa's own does."""
        wanted = tuple(targets or self._graph_schema.target_names)
        results: dict[str, tuple[str, Any]] = {}
        for name, value in (inputs or {}).items():
            if isinstance(value, str) and value in self._graph_schema.nodes:
                raise GraphRunError(f"The input {name!r} has the name of a node: {value!r}.")
            results[name] = name, value
        try:
            for name, needs in self._order_for(wanted):
                given = (results.get(need, need) for need in needs)
                results[name] = self._instantiated_nodes[name](*given)
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(results[name] for name in wanted)

    def _order_for(self, wanted: tuple[str, ...]) -> Order:
        known: dict[tuple[str, ...], Order] = self.__dict__.setdefault("_orders", {})
        if wanted not in known:
            known[wanted] = _order(self._graph_schema, wanted)
        return known[wanted]


def _order(schema: GraphSchema, wanted: tuple[str, ...]) -> Order:
    """The nodes that these need, each after those that it needs itself."""
    order: Order = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen or name not in schema.nodes:
            return
        seen.add(name)
        needs = tuple(schema.nodes[name].needs.values())
        for need in needs:
            visit(need)
        order.append((name, needs))

    for name in wanted:
        visit(name)
    return order
