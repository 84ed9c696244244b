"""A PostgreSQL server of the tests' own, where PostgreSQL is installed; gone afterwards.

PostgreSQL refuses to run as root, so there it runs as the user `postgres` that its package makes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, text

from support import database
from support.config import Config
from tests.mail_server import free_port

SECONDS = 60


def tool(name: str) -> str | None:
    """A program of PostgreSQL's; Debian keeps them off the PATH."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(newest[0]) if newest else None)


def why_not() -> str | None:
    """Why there can be no server here, in words; None when there can."""
    if not tool("initdb") or not tool("pg_ctl"):
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


@contextmanager
def server() -> Iterator[str]:
    """A running server; its URL, up to the database's name."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    port, user = free_port(), _user() if os.geteuid() == 0 else None
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, options = str(folder / "data"), f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
    try:
        _run(user, "initdb", "-D", data, "-U", "support", "-A", "trust", "-E", "UTF8", "-N")
        log = str(folder / "log")
        _run(user, "pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")
        yield f"postgresql://support@127.0.0.1:{port}"
    finally:
        _run(user, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_database(server_url: str, configuration: Config) -> Iterator[None]:
    """A database with all tables, ready for `session_scope`."""
    name = f"test_{uuid.uuid4().hex}"
    maker = create_engine(f"{server_url}/postgres", isolation_level="AUTOCOMMIT", future=True)
    with maker.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    maker.dispose()
    url = f"{server_url}/{name}"
    database.migrate(replace(configuration, database_url=url))
    database.connect(url)
    try:
        yield
    finally:
        database.disconnect()


def _user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def _run(user: pwd.struct_passwd | None, name: str, *arguments: str, check: bool = True) -> None:
    program = tool(name)
    assert program
    subprocess.run(
        [program, *arguments],
        check=check,
        timeout=SECONDS,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
