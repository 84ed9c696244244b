"""`make run` as a person at a terminal sees it: refusals in one sentence, and Ctrl-C.

The whole system is started elsewhere; here small processes stand in for its servers.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.env_file import GENERATED
from scripts.run import banner, check_ports, environment_of_processes, services
from support.config import Config, load
from support.errors import ConfigError

PROJECT = Path(__file__).resolve().parent.parent
SECRETS = {name: f"the-{name}" for name in GENERATED}
PORTS = ("RASA_PORT", "ACTIONS_PORT", "MAILBOX_SMTP_PORT", "MAILBOX_PORT")

# scripts.run with other services; each of them leaves its process id, and its helper's, in a file.
STAND_IN = """
import asyncio, sys
from scripts import run, training
from scripts.process import Service
from support.config import environment, load

child = '''
import os, subprocess, sys, time
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "a").write(f"{os.getpid()}\\\\n{helper.pid}\\\\n")
time.sleep(600)
'''
training.is_needed = lambda: False
run.services = lambda config: [
    Service(name, [sys.executable, "-c", child, sys.argv[1]]) for name in ("one", "two")
]
config = load()
environ = run.environment_of_processes(config, environment())
sys.exit(asyncio.run(run.Run(config, environ).until_stopped()))
"""


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@pytest.fixture
def environ() -> dict[str, str]:
    """Everything set, so that no `.env` decides or is written."""
    return {**os.environ, **SECRETS, **{name: free_port() for name in PORTS}}


def config_with(**changes: object) -> Config:
    return replace(load({**SECRETS, **{name: free_port() for name in PORTS}}), **changes)


# Refusals


def refusal(environ: dict[str, str]) -> str:
    """What `make run` says when it does not start."""
    result = subprocess.run(
        [sys.executable, "-m", "scripts.run"],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    return result.stderr


def test_a_bad_variable_is_said_in_one_sentence(environ: dict[str, str]) -> None:
    said = refusal({**environ, "RASA_PORT": "fivethousand"})
    assert said == "RASA_PORT is 'fivethousand': it must be a port number from 1 to 65535.\n"


def test_a_port_in_use_is_said_in_one_sentence(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environ["ACTIONS_PORT"]))):
        said = refusal(environ)
    assert said.startswith(f"Port {environ['ACTIONS_PORT']} is in use: ")
    assert "ACTIONS_PORT" in said
    assert said.count("\n") == 1


def test_a_port_given_twice_is_refused() -> None:
    config = config_with()
    with pytest.raises(ConfigError, match="ACTIONS_PORT and RASA_PORT are both"):
        check_ports(replace(config, rasa_port=config.actions_port))


# What is started, and what is said about it


def test_the_mailbox_takes_the_mail_when_no_server_is_named() -> None:
    config = config_with()
    assert [each.name for each in services(config)] == ["mailbox", "actions", "rasa"]
    passed_on = environment_of_processes(config, {})
    assert passed_on["SMTP_URL"] == f"smtp://127.0.0.1:{config.mailbox_smtp_port}"
    assert f"http://127.0.0.1:{config.mailbox_port}" in banner(config)


def test_a_named_mail_server_is_used_instead_of_the_mailbox() -> None:
    named = load({**SECRETS, "SMTP_URL": "smtp://user:password@mail.example.org?tls=starttls"})
    assert [each.name for each in services(named)] == ["actions", "rasa"]
    passed_on = environment_of_processes(named, {"SMTP_URL": "as it is"})
    assert passed_on["SMTP_URL"] == "as it is"
    assert "mail.example.org:587" in banner(named)
    assert "password" not in banner(named)


def test_the_action_server_listens_where_the_configuration_says() -> None:
    assert environment_of_processes(config_with(bind_host="::1"), {})["SANIC_HOST"] == "::1"


def test_the_banner_has_everything_a_newcomer_needs() -> None:
    config = config_with(bind_host="0.0.0.0")
    text = banner(config)
    assert f"http://127.0.0.1:{config.rasa_port}/chat\n" in text
    assert f"http://127.0.0.1:{config.actions_port}/admin\n" in text
    assert config.admin_token in text
    assert f"curl -s http://127.0.0.1:{config.rasa_port}/webhooks/rest/webhook" in text


# The end


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[Path]:
    """Where the processes leave their ids; whatever a failed test left running is ended."""
    file = tmp_path / "pids"
    file.touch()
    yield file
    for pid in alive(file):
        os.kill(pid, signal.SIGKILL)


def alive(file: Path) -> list[int]:
    """The processes of the file that still run."""
    return [int(pid) for pid in file.read_text().split() if is_alive(int(pid))]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def start(pids: Path, environ: dict[str, str], *wrapper: str) -> subprocess.Popen[str]:
    """The stand-in, once both of its processes run."""
    process = subprocess.Popen(
        [*wrapper, sys.executable, "-c", STAND_IN, str(pids), "--stop-with-parent"],
        cwd=PROJECT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until(lambda: len(alive(pids)) == 4)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_leaves_nothing_running(
    pids: Path, environ: dict[str, str], number: signal.Signals
) -> None:
    with start(pids, environ) as process:
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert alive(pids) == []
    assert said.endswith("Stopping.\n")
    assert "Traceback" not in said


def test_killed_it_leaves_nothing_running_either(pids: Path, environ: dict[str, str]) -> None:
    with start(pids, environ) as process:
        process.kill()
        until(lambda: alive(pids) == [])


def test_it_ends_when_the_make_that_started_it_is_killed(
    pids: Path, environ: dict[str, str]
) -> None:
    # A shell with more to do than one command waits for it, as make does.
    with start(pids, environ, "sh", "-c", '"$@"; true', "make") as make:
        make.kill()
        until(lambda: alive(pids) == [])


# make


def make(*arguments: str) -> str:
    # Under `make test` this is a make inside a make, which would say so.
    environ = {k: v for k, v in os.environ.items() if k not in ("MAKELEVEL", "MAKEFLAGS")}
    return subprocess.run(
        ["make", *arguments], cwd=PROJECT, env=environ, capture_output=True, text=True, check=True
    ).stdout


def test_make_alone_prints_every_target_with_a_line() -> None:
    text = (PROJECT / "Makefile").read_text()
    targets = text.split(".PHONY: help ")[1].splitlines()[0].split()
    printed = {line.split()[0]: line.split()[1:] for line in make().splitlines()[1:]}
    assert set(printed) == set(targets)
    assert all(printed.values())


def test_the_targets_are_short() -> None:
    blocks = (PROJECT / "Makefile").read_text().split("\n\n")
    assert max(block.count("\n") + 1 for block in blocks) <= 10
