"""Fixtures for every test; the whole product is started once and lent out."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sanic import Sanic

from scripts import training
from support import config, database
from support.config import Config, environment
from tests.chat_page import Chat, browsing, visiting
from tests.system import TEAM, System

Sanic.test_mode = True


@pytest.fixture(scope="session")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both servers and a mail server, with the project's own model."""
    if training.is_needed():
        asyncio.run(training.train(environment()))
    system = System(tmp_path_factory.mktemp("system"))
    try:
        system.start()
        yield system
    finally:
        system.stop()


@pytest.fixture
def system(running_system: System) -> System:
    """The running product, switched on, with an empty mailbox."""
    running_system.mail.reset()
    running_system.settings(
        enabled=True,
        agent_emails=[TEAM],
        response_time="within one working day",
        alternative_contact="call +1 202 555 0199",
        phone_region="US",
        # All the tests' visitors are Ann, in a hurry.
        messages_per_minute=600,
        requests_per_conversation=100,
        requests_per_client=100_000,
        # All the tests together write more to the team than any hour allows.
        mails_per_hour=10_000,
    )
    return running_system


@pytest.fixture
def visitor() -> str:
    """A visitor nobody has met."""
    return f"visitor-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def configuration(tmp_path: Path) -> Config:
    """A configuration with a database of its own."""
    return config.load(
        {
            "ADMIN_TOKEN": "admin",
            "INTERNAL_TOKEN": "internal",
            "SECRET_KEY": "secret",
            "DATABASE_URL": f"sqlite:///{tmp_path}/support.db",
            "CONVERSATIONS_URL": f"sqlite:///{tmp_path}/conversations.db",
            "SMTP_URL": "smtp://127.0.0.1:25",
        }
    )


@pytest.fixture
def db(configuration: Config) -> Iterator[Config]:
    """An empty database with all tables, ready for `session_scope`."""
    database.migrate(configuration)
    database.connect(configuration.database_url)
    yield configuration
    database.disconnect()


@pytest.fixture
def now() -> dt.datetime:
    """A moment."""
    return dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)


@pytest.fixture(scope="module")
def browser(running_system: System) -> Iterator[Browser]:
    """A headless Chromium."""
    with browsing() as browser:
        yield browser


@pytest.fixture
def chat(browser: Browser, system: System) -> Iterator[Chat]:
    """The chat page in a window of its own."""
    with visiting(browser, system) as chat:
        yield chat
