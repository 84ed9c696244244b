"""The Rasa server listens before its model is loaded, and goes on trying."""

from __future__ import annotations

import asyncio
import threading
import warnings
from types import SimpleNamespace
from typing import Any

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.core.agent import Agent

    from components import loading


class Loader:
    """Stands in for Rasa's: waits until it may, and fails at first as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.may_end = threading.Event()
        self.loaded = Agent()
        self.threads: list[threading.Thread] = []

    async def __call__(self, **given: Any) -> Agent:
        self.threads.append(threading.current_thread())
        self.may_end.wait(10)
        if self.failures:
            self.failures -= 1
            raise OSError("database is locked")
        return self.loaded


def endpoints(**more: Any) -> Any:
    return SimpleNamespace(**{"event_broker": None, "model": None, **more})


async def load(loader: Loader, given: Any) -> list[Any]:
    """Start; the agent before the model is there, and after."""
    app: Any = SimpleNamespace(ctx=SimpleNamespace())
    loop = asyncio.get_running_loop()
    await loading._begin_to_load("models/x.tar.gz", given, None, app, loop)
    before = app.ctx.agent
    waits = asyncio.create_task(loading.patiently(before))
    await asyncio.sleep(0)
    loader.may_end.set()
    await asyncio.wait_for(app.ctx.loading, 10)
    assert await waits is app.ctx.agent
    return [before, app.ctx.agent]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "TRY_AGAIN_SECONDS", 0.01)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("failures", [0, 2])
def test_serves_at_once_and_answers_when_the_model_is_there(
    monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    loader = Loader(failures)
    monkeypatch.setattr(loading, "load_agent", loader)
    before, after = asyncio.run(load(loader, endpoints()))
    assert not before.is_ready()
    assert after is loader.loaded
    assert len(loader.threads) == failures + 1
    assert threading.main_thread() not in loader.threads


def test_loads_where_a_brokers_connections_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    loader = Loader()
    loader.may_end.set()
    monkeypatch.setattr(loading, "load_agent", loader)
    asyncio.run(load(loader, endpoints(event_broker=object())))
    assert loader.threads == [threading.main_thread()]


def test_lets_a_message_wait_for_the_model_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loading, "PATIENCE_SECONDS", 0.01)

    async def wait() -> None:
        waiting, ready = loading.NotYet(asyncio.get_running_loop()), Agent()
        assert await loading.patiently(waiting) is waiting
        assert await loading.patiently(ready) is ready

    asyncio.run(wait())
