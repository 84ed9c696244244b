"""The database: made by migrations alone, one writer at a time, whole transactions or none."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, UnboundExecutionError

from support import database, search
from support.config import PROJECT, Config
from support.models import Attempt, Base, SettingChange, StoredSetting

WRITERS = 4
WRITES = 10
WRITE = """
import sys
from support import database
from support.models import StoredSetting
database.connect(sys.argv[1])
for n in range(int(sys.argv[2])):
    with database.session_scope() as session:
        counter = session.get(StoredSetting, "counter")
        counter.value = counter.value + 1
"""
MIGRATE = """
import sys
from support import config, database
secrets = dict.fromkeys(("ADMIN_TOKEN", "INTERNAL_TOKEN", "SECRET_KEY"), "x")
database.migrate(config.load({**secrets, "DATABASE_URL": sys.argv[1]}))
"""


def run_together(code: str, *arguments: str) -> None:
    """The same code in two processes at once; both must end well."""
    command = [sys.executable, "-c", code, *arguments]
    running = [
        subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


def count() -> int:
    """What is stored under 'counter'."""
    with database.read_scope() as session:
        return session.get(StoredSetting, "counter").value


@pytest.fixture
def counter(db: Config) -> Config:
    """A number in the database that writers add to."""
    with database.session_scope() as session:
        session.add(StoredSetting(name="counter", value=0))
    return db


def test_makes_the_tables_that_the_models_say(configuration: Config) -> None:
    database.migrate(configuration)
    engine = database.connect(configuration.database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, *_: not search.is_index(name)}
        )
        assert compare_metadata(context, Base.metadata) == []
    database.disconnect()


def test_migrates_again_without_touching_what_is_there(counter: Config) -> None:
    database.migrate(counter)
    database.connect(counter.database_url)
    assert count() == 0


def test_goes_back_to_nothing(db: Config) -> None:
    from alembic import command
    from alembic.config import Config as AlembicConfig

    alembic = AlembicConfig(str(PROJECT / "alembic.ini"))
    alembic.attributes["database_url"] = db.database_url
    command.downgrade(alembic, "base")
    engine = database.connect(db.database_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_lets_two_processes_migrate_at_once(configuration: Config) -> None:
    run_together(MIGRATE, configuration.database_url)
    engine = database.connect(configuration.database_url)
    assert "deliveries" in inspect(engine).get_table_names()
    database.disconnect()


def test_loses_no_write_of_two_processes_at_once(counter: Config) -> None:
    run_together(WRITE, counter.database_url, "50")
    assert count() == 100


def test_loses_no_write_of_several_threads_at_once(counter: Config) -> None:
    def write() -> None:
        for _ in range(WRITES):
            with database.session_scope() as session:
                row = session.get(StoredSetting, "counter")
                row.value = row.value + 1

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count() == WRITERS * WRITES


def test_reads_while_somebody_writes_and_sees_nothing_half_done(counter: Config) -> None:
    with database.session_scope() as session:
        session.get(StoredSetting, "counter").value = 7
        session.flush()
        assert count() == 0
    assert count() == 7


def test_gives_up_on_a_locked_database_in_time(
    configuration: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SQLITE_BUSY_SECONDS", 0.1)
    database.migrate(configuration)
    engine = database.connect(configuration.database_url)
    with (
        engine.begin(),
        pytest.raises(OperationalError, match="locked"),
        database.session_scope() as session,
    ):
        session.execute(text("SELECT 1"))
    database.disconnect()


def test_rolls_everything_back_when_something_is_raised(counter: Config) -> None:
    def write_and_fail() -> None:
        with database.session_scope() as session:
            session.get(StoredSetting, "counter").value = 1
            session.add(StoredSetting(name="other", value=1))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with database.read_scope() as session:
        assert session.scalar(select(func.count()).select_from(StoredSetting)) == 1
    assert count() == 0


@pytest.mark.usefixtures("db")
def test_refuses_a_row_that_belongs_to_nothing() -> None:
    now = dt.datetime.now(dt.timezone.utc)
    orphan = Attempt(delivery_id="nobody's", at=now, accepted=True, answer="")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.session_scope() as session:
        session.add(orphan)


@pytest.mark.usefixtures("db")
def test_gives_back_the_same_moment_in_utc() -> None:
    berlin = dt.timezone(dt.timedelta(hours=1))
    noon = dt.datetime(2026, 3, 1, 12, 0, tzinfo=berlin)
    with database.session_scope() as session:
        session.add(SettingChange(at=noon, actor="Ann", name="enabled", old=False, new=True))
    with database.read_scope() as session:
        stored = session.scalars(select(SettingChange.at)).one()
    assert stored == noon
    assert stored.tzinfo is dt.timezone.utc


def test_makes_the_folder_of_the_file(tmp_path: Path) -> None:
    engine = database.connect(f"sqlite:///{tmp_path}/a/b/support.db")
    with engine.connect():
        assert (tmp_path / "a/b/support.db").is_file()
    database.disconnect()


def test_can_be_disconnected_twice_and_then_says_that_it_is() -> None:
    database.disconnect()
    database.disconnect()
    with pytest.raises(UnboundExecutionError), database.session_scope() as session:
        session.execute(text("SELECT 1"))
