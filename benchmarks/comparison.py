"""This project beside stock Rasa: the same domain, data, actions and conversations, in one run.

    python -m benchmarks.comparison [--long] [--folder FOLDER]

Prints a table and writes benchmarks/results/latest.json. Stock Rasa's own recipe trains for 100
epochs. A short run trains it for 5, which flatters its training and changes nothing else, and keeps
the model in the folder until what it is made from changes; a long run trains all of it, anew.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks import machine, measuring, publishing, table
from benchmarks.figures import ratio
from benchmarks.measuring import Plan
from benchmarks.stacks import Stack
from support.config import PROJECT

RESULTS = PROJECT / "benchmarks" / "results" / "latest.json"
FOLDER = PROJECT / ".cache" / "benchmarks"
MILLION = 1_000_000
SHORT = Plan({1: 10, 8: 3, 32: 1}, (10, 100, 600), (0, 10_000, MILLION), 12, 1, 3)
LONG = Plan({1: 60, 8: 20, 32: 5}, (10, 100, 600), (0, 10_000, MILLION), 60, 3, 20)
STOCK_EPOCHS, SHORT_EPOCHS = 100, 5
# At length 600 a message takes stock Rasa a third of a second: two minutes until it is there.
STOCK_LENGTHS = (10, 100)


def compare(folder: Path, *, long: bool) -> dict[str, Any]:
    """Measure both; everything that goes into the file."""
    plan = LONG if long else SHORT
    known = machine.facts()
    epochs = STOCK_EPOCHS if long else SHORT_EPOCHS
    stock = Stack(folder / "stock", stock=True, epochs=epochs)
    trained = stock.train_once(anew=long)
    found: dict[str, dict[str, Any]] = {"stock": {"training_s": trained, "epochs": epochs}}
    found["ours"] = {}
    less = plan if long else Plan(plan.loads, STOCK_LENGTHS, (), 0, plan.starts)
    found["stock"] |= measuring.talking(stock, less)
    ours = Stack(folder / "ours", stock=False)
    found["ours"]["training_s"] = round(ours.train(), 1)
    found["ours"] |= measuring.talking(ours, plan)
    found["ours"]["stored_requests_ms"] = measuring.with_stored(ours, plan)
    found["ours"]["publishing"] = publishing.measure(plan.publishings)
    return {
        "version": "long" if long else "short",
        "machine": known,
        "ratios": ratios(found["ours"], found["stock"]),
        **found,
    }


def ratios(ours: dict[str, Any], stock: dict[str, Any]) -> dict[str, float]:
    """Ours over stock Rasa's, but for the last two, which are ours over ours."""
    lengths, stored = ours["lengths_ms"], ours["stored_requests_ms"]
    return {
        "form_turn_p50": _of(ours, stock, "loads", "1", "form_ms", "p50"),
        "throughput_8": _of(ours, stock, "loads", "8", "turns_per_second"),
        "start": _of(ours, stock, "start_s"),
        "training": _of(ours, stock, "training_s"),
        "memory": ratio(sum(ours["memory_mb"].values()), sum(stock["memory_mb"].values())),
        "length_600_over_10": ratio(lengths["600"], lengths["10"]),
        "million_requests_over_none": ratio(stored[str(MILLION)], stored["0"]),
    }


def _of(ours: Any, stock: Any, *path: str) -> float:
    for key in path:
        ours, stock = ours[key], stock[key]
    return ratio(ours, stock)


def main() -> None:
    """Compare, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--long", action="store_true", help="more of everything; half an hour")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="models, databases and logs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go")
    given = parser.parse_args()
    found = compare(given.folder, long=given.long)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(table.of(found))


if __name__ == "__main__":
    main()
