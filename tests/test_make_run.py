"""What `make run` starts, as a newcomer meets it: one command, a handoff, a mail, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.config import PROJECT
from tests.mail_server import free_port
from tests.system import System, wait_for

ASK = "I'm Ann Lee, ann@example.org, +1 202 555 0123, I need an agent about my refund"
PORTS = ("RASA_PORT", "ACTIONS_PORT", "MAILBOX_SMTP_PORT", "MAILBOX_PORT")


@pytest.fixture
def ports() -> dict[str, int]:
    """Free ones."""
    return {name: free_port() for name in PORTS}


@pytest.fixture
def run(
    running_system: System, tmp_path: Path, ports: dict[str, int]
) -> Iterator[subprocess.Popen[str]]:
    """The command, with everything else as on a new machine; `running_system` trained the model."""
    environment = {name: value for name, value in os.environ.items() if name != "SMTP_URL"}
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.run"],
        cwd=PROJECT,
        env={
            **environment,
            **{name: str(number) for name, number in ports.items()},
            "ADMIN_TOKEN": "the-admin",
            "INTERNAL_TOKEN": "between-the-servers",
            "SECRET_KEY": "signs-conversations",
            "DATABASE_URL": f"sqlite:///{tmp_path}/support.db",
            "CONVERSATIONS_URL": f"sqlite:///{tmp_path}/conversations.db",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
    assert process.stdout
    process.stdout.close()


def banner_of(process: subprocess.Popen[str]) -> str:
    """All it prints until everything is up."""
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C stops everything" in line:
            return printed
    raise AssertionError(f"ended before everything was up: {printed}")


def test_brings_a_newcomer_from_nothing_to_a_mail(
    run: subprocess.Popen[str], ports: dict[str, int]
) -> None:
    printed = banner_of(run)
    for name, path in (("RASA_PORT", "/chat"), ("ACTIONS_PORT", "/admin"), ("MAILBOX_PORT", "")):
        assert f"http://127.0.0.1:{ports[name]}{path}" in printed
    _switch_on(ports["ACTIONS_PORT"])
    url = re.search(r"curl -s (\S+)", printed)
    assert url
    for message in (ASK, "Send"):
        answers = requests.post(url[1], json={"sender": "ann", "message": message}, timeout=30)
    reference = re.search(r"R-\w{5}", answers.json()[0]["text"])
    assert reference
    page = f"http://127.0.0.1:{ports['MAILBOX_PORT']}/"
    wait_for("the mail on the mailbox's page", lambda: reference[0] in requests.get(page).text)
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(20) == 0
    for number in ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", number)) != 0, f"{number} is still open"


def _switch_on(port: int) -> None:
    response = requests.patch(
        f"http://127.0.0.1:{port}/admin/api/settings",
        json={"enabled": True, "agent_emails": ["team@example.org"]},
        headers={"Authorization": "Bearer the-admin"},
        timeout=10,
    )
    assert response.status_code == 200
