"""Adding a person from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from support import audit, database, invitations
from support.config import PROJECT, Config
from tests import team

SECONDS = 60


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {
        "ADMIN_TOKEN": "admin",
        "INTERNAL_TOKEN": "internal",
        "SECRET_KEY": "secret",
        "DATABASE_URL": f"sqlite:///{folder}/support.db",
        **environ,
    }
    return subprocess.run(
        [sys.executable, "-m", "scripts.add_user", *arguments],
        cwd=PROJECT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def test_makes_a_link_for_the_first_admin_on_an_empty_database(
    tmp_path: Path, configuration: Config
) -> None:
    done = run(tmp_path, "ann", PUBLIC_URL="https://chat.example.org")
    assert done.returncode == 0, done.stderr
    link = done.stdout.strip().splitlines()[-1]
    assert link.startswith("https://chat.example.org/admin/invitation?link=")
    database.connect(configuration.database_url)
    try:
        with database.read_scope() as session:
            held = parse_qs(urlsplit(link).query)["link"][0]
            user = invitations.invited(session, held, "secret")
            entries = audit.find(session, audit.Wanted(), 9, None)
        assert user is not None
        assert (user.name, user.role.value) == ("ann", "admin")
        assert {entry.actor for entry in entries} == {"command line"}
    finally:
        database.disconnect()


def test_says_why_somebody_is_not_added(tmp_path: Path, db: Config) -> None:
    team.add("ann")
    done = run(tmp_path, "ann", "--role", "agent")
    assert done.returncode == 1
    assert done.stderr == "There is somebody called 'ann' already; names are never used again.\n"


@pytest.mark.parametrize("arguments", [(), ("ann", "--role", "owner")])
def test_says_how_it_is_called(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr
