"""A whole site for tests: two Rasa and two action servers, PostgreSQL, Redis, nginx in front."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from tests import nginx, postgres, redis_server
from tests.nginx import Nginx
from tests.redis_server import RedisServer
from tests.system import System


def why_not() -> str | None:
    """Why there can be no site here, in words; None when there can."""
    return postgres.why_not() or redis_server.why_not() or nginx.why_not()


class Site:
    """first and second: a Rasa server, an action server each; the first has the mailbox."""

    def __init__(self, folder: Path) -> None:
        self.redis = RedisServer()
        self.first, self.second = System(folder / "first"), System(folder / "second")
        for system in (self.first, self.second):
            system.folder.mkdir()
        self.nginx = Nginx(
            {
                5005: self.first.rasa_port,
                5006: self.second.rasa_port,
                5055: self.first.actions_port,
                5056: self.second.actions_port,
            }
        )
        self._postgres = ""
        self._ending = ExitStack()

    def start(self) -> None:
        """Start everything, as much at once as a real site would."""
        self._ending.callback(self.nginx.remove)
        self._ending.callback(self.redis.remove)
        self._postgres = self._ending.enter_context(postgres.server())
        self._make_databases()
        self.redis.start()
        self.nginx.start()
        self.first.mail.start()
        for system in (self.first, self.second):
            system.overrides |= self._shared()
            self._ending.callback(system.stop if system is self.first else self._end_second)
        starts = [
            start
            for system in (self.first, self.second)
            for start in (system.start_actions, system.start_rasa)
        ]
        with ThreadPoolExecutor(len(starts)) as pool:
            for started in [pool.submit(start) for start in starts]:
                started.result()

    def stop(self) -> None:
        """End everything."""
        self._ending.close()

    def typed(self, conversation: str) -> list[str]:
        """What a visitor said, as it is kept of the conversation."""
        query = text(
            "SELECT data::json ->> 'text' FROM events"
            " WHERE sender_id = :sender AND type_name = 'user' ORDER BY id"
        )
        engine = self._engine("conversations")
        try:
            with engine.connect() as connection:
                return list(connection.execute(query, {"sender": conversation}).scalars())
        finally:
            engine.dispose()

    def requests(self) -> list[dict[str, Any]]:
        """All that are stored, from the server that is never killed."""
        return self.second.requests()

    def claims(self) -> set[str]:
        """By which claims something is being sent, or was when its process died."""
        return {str(row.claimed_by) for row in self._deliveries() if row.status == "sending"}

    def unsent(self) -> list[tuple[Any, ...]]:
        """What is on its way to the team, in full, to be read when it should not be."""
        return [tuple(row) for row in self._deliveries() if row.status != "sent"]

    def give_back(self, claims: set[str]) -> None:
        """Two minutes go by for what a dead process was sending."""
        update = text("UPDATE deliveries SET due_at = :past WHERE claimed_by = :claim")
        engine = self._engine("support")
        with engine.begin() as connection:
            for claim in claims:
                past = "2000-01-01 00:00:00.000000"
                connection.execute(update, {"past": past, "claim": claim})
        engine.dispose()

    def _deliveries(self) -> list[Any]:
        engine = self._engine("support")
        try:
            with engine.connect() as connection:
                query = "SELECT id, status, claimed_by, due_at FROM deliveries"
                return list(connection.execute(text(query)))
        finally:
            engine.dispose()

    def _end_second(self) -> None:
        self.second.kill_rasa()
        self.second.kill_actions()

    def _shared(self) -> dict[str, str]:
        return {
            "DATABASE_URL": f"{self._postgres}/support",
            "CONVERSATIONS_URL": f"{self._postgres}/conversations",
            "REDIS_URL": self.redis.url,
            "ACTIONS_URL": f"http://127.0.0.1:{self.nginx.inner_port}",
            "PUBLIC_URL": self.nginx.url,
            "PROXIES": "1",
            "SMTP_URL": f"smtp://127.0.0.1:{self.first.mail.port}",
        }

    def _make_databases(self) -> None:
        engine = self._engine("postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for name in ("support", "conversations"):
                connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()

    def _engine(self, database: str, **options: Any) -> Engine:
        return create_engine(f"{self._postgres}/{database}", future=True, **options)
