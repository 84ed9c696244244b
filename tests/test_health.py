"""How the action server says that it is well."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import requests

from support import database, health, outbox
from support.config import Config
from support.errors import DeliveryError
from tests.stored import ANN, NOON, submit, switch_on
from tests.system import System

WELL = {
    "status": "ok",
    "database": True,
    "loop": True,
    "unsent": 0,
    "oldest_unsent_seconds": 0,
    "dead": 0,
    "problems": [],
}
UNKNOWN = DeliveryError("550 No such mailbox", permanent=True)


@pytest.mark.usefixtures("db")
def test_is_well_with_nothing_to_do() -> None:
    found = health.look(NOON, loop=True)
    assert found.as_json() == WELL
    assert found.can_work


@pytest.mark.usefixtures("db")
def test_says_how_long_the_oldest_has_waited() -> None:
    switch_on()
    submit()
    found = health.look(NOON + dt.timedelta(seconds=90), loop=True)
    assert (found.status, found.unsent, found.oldest_unsent_seconds) == ("ok", 1, 90)
    assert health.look(NOON - dt.timedelta(seconds=90), loop=True).oldest_unsent_seconds == 0


@pytest.mark.usefixtures("db")
def test_counts_the_dead_and_names_the_trouble_but_no_visitor() -> None:
    switch_on()
    submit()
    (claim,) = outbox.claim(NOON, 1)
    outbox.record_failure(claim, UNKNOWN, NOON)
    found = health.look(NOON, loop=True)
    assert (found.status, found.unsent, found.dead) == ("degraded", 0, 1)
    assert found.problems == ("failed",)
    assert found.can_work
    assert str(ANN.name) not in repr(found)


@pytest.mark.usefixtures("db")
def test_cannot_work_without_its_loop() -> None:
    found = health.look(NOON, loop=False)
    assert found.status == "degraded"
    assert not found.can_work


def test_cannot_work_without_its_database(db: Config, tmp_path: Path) -> None:
    (tmp_path / "support.db").rename(tmp_path / "elsewhere.db")
    database.connect(f"sqlite:///{tmp_path}/support.db")
    found = health.look(NOON, loop=True)
    assert found.as_json() == {
        **WELL,
        "status": "degraded",
        "database": False,
        "unsent": None,
        "oldest_unsent_seconds": None,
        "dead": None,
    }
    assert not found.can_work


def test_is_said_by_the_server_to_everybody(system: System) -> None:
    answer = requests.get(f"http://127.0.0.1:{system.actions_port}/health", timeout=10)
    assert answer.status_code == 200
    assert set(answer.json()) == set(WELL)
    assert answer.json()["database"] is True
    assert answer.json()["loop"] is True
