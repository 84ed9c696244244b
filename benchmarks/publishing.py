"""How long Save & Publish takes while visitors talk, and what they notice of it.

    python -m benchmarks.publishing [--times 3] [--visitors 3] [--idle 10] [--out FILE]

Both servers run as in production, with databases, ports and a mailbox of their own. Visitors type:
they pause a tenth of a second after each answer. First nobody publishes; then a designer publishes
again and again, each time with another phrase, field and sentence, so that each one trains,
measures, holds a conversation and swaps. A line is printed after each one, so that a run that is
broken off is not lost. Three publishings take a minute, twenty some five.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flow_product import ORDER_NUMBER, FlowProduct

TURNS = ("I want to talk to a human", "Ann Lee", "ann@example.org", "skip", "cancel", "thank you")
PAUSE_SECONDS = 0.1
IDLE_SECONDS = 20.0
UNAVAILABLE = "isn't working"
SLOW_SECONDS = 0.5


@dataclass
class Heard:
    """What visitors met: when each message was sent and how long its answer took, in seconds."""

    answers: list[tuple[float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def between(self, start: float, end: float) -> list[float]:
        """The seconds of messages that were on their way at some time in between."""
        return [took for sent, took in self.answers if sent < end and sent + took > start]


class Visitors:
    """So many people who talk without end, until the block is left."""

    def __init__(self, product: FlowProduct, count: int) -> None:
        self.heard = Heard()
        self._product = product
        self._leave = threading.Event()
        self._people = [threading.Thread(target=self._talk, daemon=True) for _ in range(count)]

    def __enter__(self) -> Heard:
        for person in self._people:
            person.start()
        return self.heard

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        for person in self._people:
            person.join()

    def _talk(self) -> None:
        while not self._leave.is_set():
            conversation = f"visitor-{uuid.uuid4().hex[:12]}"
            for text in TURNS:
                self._say(conversation, text)
                time.sleep(PAUSE_SECONDS)

    def _say(self, conversation: str, text: str) -> None:
        sent = time.monotonic()
        try:
            response = self._product.post(conversation, text)
            said = " ".join(each.get("text", "") for each in response.json())
        except (OSError, ValueError) as error:
            said = ""
            self.heard.failed.append(f"{text!r}: {type(error).__name__}")
        else:
            if response.status_code != 200 or not said or UNAVAILABLE in said:
                self.heard.failed.append(f"{text!r}: {response.status_code} {said!r}")
        self.heard.answers.append((sent, time.monotonic() - sent))


def measure(
    times: int = 20, visitors: int = 3, idle_seconds: float = IDLE_SECONDS
) -> dict[str, Any]:
    """Seconds of each publishing, visitors' waiting with and without, memory after each one."""
    with tempfile.TemporaryDirectory() as folder:
        product = FlowProduct(Path(folder))
        try:
            product.start()
            product.open()
            return _measured(product, times, visitors, idle_seconds)
        finally:
            product.stop()


def _measured(
    product: FlowProduct, times: int, visitors: int, idle_seconds: float
) -> dict[str, Any]:
    # Messages of one address come faster here than people type.
    product.settings(messages_per_minute=600)
    seconds: list[float] = []
    worked: list[float] = []
    memory, shared = [product.memory()], [product.whole_memory()]
    busy: list[float] = []
    with Visitors(product, visitors) as heard:
        time.sleep(idle_seconds / 4)
        begun = time.monotonic()
        time.sleep(idle_seconds)
        print("Nobody published; now a designer does.", flush=True)
        idle = heard.between(begun, time.monotonic())
        for number in range(times):
            product.change(lambda document, n=number: _edit(document, n))
            before, begun = product.work_seconds(), time.monotonic()
            job = product.publish()
            ended = time.monotonic()
            worked.append(product.work_seconds() - before)
            if job["status"] != "done":
                raise RuntimeError(f"Publishing {number} ended so: {job}")
            seconds.append(ended - begun)
            busy += heard.between(begun, ended)
            memory.append(product.memory())
            shared.append(product.whole_memory())
            met = heard.between(begun, ended)
            told = _tell(number + 1, seconds[-1], worked[-1], met, len(heard.failed))
            print(f"{told}, {memory[-1]} MB, {shared[-1]} with the workshop", flush=True)
    return {
        "load_average": [round(each, 1) for each in os.getloadavg()],
        "messages": len(heard.answers),
        "publish_seconds": {**_summary(seconds), "each": [round(each, 2) for each in seconds]},
        # What it costs, which other programs on the machine lengthen less.
        "publish_cpu_seconds": _summary(worked),
        "message_ms_idle": _summary([1000 * each for each in idle]),
        "message_ms_publishing": _summary([1000 * each for each in busy]),
        "slower_than_half_a_second": sum(each > SLOW_SECONDS for each in busy),
        "failed_messages": heard.failed,
        "memory_mb": memory,
        # With the workshop; what processes share is counted once.
        "memory_with_workshop_mb": shared,
    }


def _edit(document: dict[str, Any], number: int) -> None:
    document["trigger_phrases"].append(f"let me converse with flesh-and-blood employee {number}")
    document["messages"]["utter_goodbye"] = f"Version {number} says goodbye."
    fields = [each for each in document["fields"] if each["name"] != ORDER_NUMBER["name"]]
    if number % 2 == 0:
        fields.insert(3, ORDER_NUMBER)
    document["fields"] = fields


def _tell(number: int, took: float, worked: float, busy: list[float], failed: int) -> str:
    """How one publishing went."""
    slow = sum(each > SLOW_SECONDS for each in busy)
    return (
        f"{number}: {took:.1f} s ({worked:.1f} of a core), load {os.getloadavg()[0]:.1f}, "
        f"{len(busy)} messages, {slow} over half a second, the slowest "
        f"{max(busy, default=0.0):.2f} s, {failed} failed so far"
    )


def _summary(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(ordered[len(ordered) // 2], 2),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2),
        "max": round(ordered[-1], 2),
        "count": len(ordered),
    }


def main() -> None:
    """Measure, and print or write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--visitors", type=int, default=3)
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    text = json.dumps(measure(options.times, options.visitors, options.idle), indent=1)
    if options.out:
        options.out.write_text(f"{text}\n", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
