"""A thousand requests at once while the mail server is down, and what arrives when it is back."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from tests.faults.stage import Stage
from tests.system import wait_for

MANY = 1000
AT_ONCE = 30
TRIES = 20
TIMEOUT_SECONDS = 60
ARRIVE_SECONDS = 600


@dataclass(frozen=True)
class Burst:
    """asked: requests. told: how often each outcome was said. arrived: requests that came; again:
    mails too many. seconds: that taking them took, and that sending them took.
    """

    asked: int
    told: Counter[str]
    arrived: int
    again: int
    seconds: tuple[float, float]

    @property
    def is_clean(self) -> bool:
        """Whether all arrived once, and nobody was told so before."""
        told_truly = set(self.told) == {"saved"} and self.told["saved"] == self.asked
        return told_truly and self.arrived == self.asked and not self.again

    def __str__(self) -> str:
        told = ", ".join(f"{times} {word}" for word, times in self.told.items())
        return (
            f"{self.asked} requests in a burst with the mail server down: {told}; then up: "
            f"{self.arrived} arrived, {self.again} twice "
            f"({self.seconds[0]:.0f} s to take them, {self.seconds[1]:.0f} s to send them)"
        )


def run(stage: Stage, many: int = MANY) -> Burst:
    """Send them through the contact forms of the Rasa server and of two action servers."""
    system = stage.system
    stage.well()
    stage.tell_by("email")
    system.mail.stop()
    port = system.start_second_actions()
    hosts = (system.rasa_url, f"http://127.0.0.1:{system.actions_port}", f"http://127.0.0.1:{port}")
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as visitors:
        answers = list(visitors.map(_ask, range(many), itertools.cycle(hosts)))
    taken = time.monotonic()
    stage.well()
    stage.pass_time()
    wait_for("all mails", lambda: len(_arrived(stage, answers)) == many, ARRIVE_SECONDS)
    sent = time.monotonic()
    stage.settle()
    system.kill_second_actions()
    arrived = _arrived(stage, answers)
    return Burst(
        asked=many,
        told=Counter(answer["outcome"] for answer in answers),
        arrived=len(arrived),
        again=sum(arrived.values()) - len(arrived),
        seconds=(taken - begun, sent - taken),
    )


def _ask(number: int, host: str) -> dict[str, Any]:
    """One visitor, who presses the button again until it is said what became of it."""
    form = requests.post(f"{host}/contact/form", json={}, timeout=TIMEOUT_SECONDS).json()
    values = {"name": "Ann Lee", "email": f"ann{number}@example.org", "reason": "Is it on its way?"}
    body = {"form_id": form["form_id"], "values": values}
    for _ in range(TRIES):
        answer = requests.post(f"{host}/contact", json=body, timeout=TIMEOUT_SECONDS)
        if answer.status_code == 200:
            told: dict[str, Any] = answer.json()
            return told
        time.sleep(1)
    return {"outcome": f"refused with {answer.status_code}", "reference": None}


def _arrived(stage: Stage, answers: list[dict[str, Any]]) -> Counter[str]:
    """How often a mail came about each of these requests."""
    ours = {f"[{answer['reference']}]" for answer in answers}
    subjects = (str(mail["Subject"]).split()[0] for mail in stage.system.mails_received())
    return Counter(reference for reference in subjects if reference in ours)
