"""What `make run` is made of: the generated secrets, ports, the processes' output, training."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import training
from scripts.env_file import GENERATED, generate_missing_secrets
from scripts.migrate import bring_up_to_date
from scripts.output import ProcessLog, lines_of
from scripts.ready import Port, answers, problem_with
from support.config import environment, load
from support.errors import ConfigError

SECRETS = {name: f"the-{name}" for name in GENERATED}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GENERATED:
        monkeypatch.delenv(name, raising=False)


# The secrets


def test_it_generates_what_is_missing_into_a_file_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert generate_missing_secrets(file) == list(GENERATED)
    values = environment(file)
    assert len({values[name] for name in GENERATED}) == 3
    assert all(len(values[name]) >= 40 for name in GENERATED)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_keeps_what_is_there_and_adds_the_rest_on_lines_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nADMIN_TOKEN=chosen\nPUBLIC_URL=https://example.org")
    file.chmod(0o644)
    assert generate_missing_secrets(file) == ["INTERNAL_TOKEN", "SECRET_KEY"]
    values = environment(file)
    assert (values["ADMIN_TOKEN"], values["PUBLIC_URL"]) == ("chosen", "https://example.org")
    assert file.read_text().startswith(
        "# ours\nADMIN_TOKEN=chosen\nPUBLIC_URL=https://example.org\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_fills_in_a_variable_that_is_there_without_a_value(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("ADMIN_TOKEN=\n")
    assert "ADMIN_TOKEN" in generate_missing_secrets(file)
    assert environment(file)["ADMIN_TOKEN"]


def test_it_leaves_the_file_alone_when_the_environment_has_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert generate_missing_secrets(tmp_path / ".env") == []
    assert not (tmp_path / ".env").exists()


def test_it_says_so_when_the_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError, match=r"\.env cannot be read and written"):
        generate_missing_secrets(tmp_path / ".env")


# Ports


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def port_of(server: socket.socket, path: str | None = None) -> Port:
    return Port("127.0.0.1", server.getsockname()[1], "RASA_PORT", path)


def test_a_port_in_use_is_named_with_the_variable_that_moves_it(listener: socket.socket) -> None:
    port = port_of(listener)
    assert problem_with(port) == (
        f"Port {port.number} is in use: stop the program that listens on it, or set RASA_PORT "
        "in .env to a free port."
    )
    listener.close()
    assert problem_with(port) is None


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host.invalid"])
def test_an_address_of_another_machine_is_named(host: str) -> None:
    problem = problem_with(Port(host, 0, "RASA_PORT"))
    assert problem is not None
    assert problem.startswith(f"BIND_HOST is {host!r}")


def test_a_wildcard_address_is_reached_on_loopback() -> None:
    assert Port("0.0.0.0", 1, "RASA_PORT").reachable_host == "127.0.0.1"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 409 Conflict\r\n\r\n", False),
        (b"220 an SMTP server\r\n", False),
        (b"", False),
    ],
)
def test_only_an_answer_of_200_counts_as_ready(reply: bytes, expected: bool) -> None:
    assert asyncio.run(ask_a_server_that_replies(reply, "/status")) is expected


def test_a_connection_is_enough_where_no_path_is_given(listener: socket.socket) -> None:
    port = port_of(listener)
    assert asyncio.run(answers(port))
    listener.close()
    assert not asyncio.run(answers(port))


async def ask_a_server_that_replies(reply: bytes, path: str) -> bool:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        number = server.sockets[0].getsockname()[1]
        return await answers(Port("127.0.0.1", number, "RASA_PORT", path))


# The processes' output


def test_it_shows_warnings_and_what_belongs_to_them_and_keeps_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = ProcessLog("rasa", tmp_path)
    lines = [
        "2026-01-01 10:00:00 INFO     root  - Rasa server is up",
        "more of it",
        "2026-01-01 10:00:01 ERROR    rasa.core  - no action server",
        "  for the second line of it",
        '{"event": "a visitor wrote ERROR", "level": "info"}',
        '{"event": "' + "long " * 50 + '", "level": "warning"}',
        "2026-01-01 10:00:02 INFO     root  - " + "long " * 20 + "WARNING",
        "Traceback (most recent call last):",
    ]
    for line in lines:
        log.write(line)
    log.close()
    shown = [lines[2], lines[3], lines[5], lines[7]]
    assert capsys.readouterr().out.splitlines() == [f"rasa    | {line}" for line in shown]
    assert (tmp_path / "rasa.log").read_text().splitlines() == lines


def test_it_takes_lines_of_any_length_and_any_bytes() -> None:
    async def read() -> list[str]:
        stream = asyncio.StreamReader()
        stream.feed_data(b"one\r\n\xff\n" + b"x" * 2_500_000 + b"\nlast")
        stream.feed_eof()
        return [line async for line in lines_of(stream)]

    lines = asyncio.run(read())
    assert lines[:2] == ["one", "�"]
    assert sum(map(len, lines[2:-1])) == 2_500_000
    assert lines[-1] == "last"


# Training


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has just been trained."""
    for name in ("data/nlu", "components/__pycache__", "models"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("config.yml", "data/nlu/asking.yml", "models/assistant.tar.gz"):
        (tmp_path / name).write_text(name)
    (tmp_path / training.STAMP).write_text(training.checksum_of_inputs(tmp_path))
    return tmp_path


def test_it_does_not_train_again_when_nothing_has_changed(project: Path) -> None:
    os.utime(project / "config.yml")
    (project / "components/__pycache__/a.pyc").write_text("compiled since")
    assert not training.is_needed(project)


@pytest.mark.parametrize("name", ["config.yml", "data/nlu/asking.yml", "components/new.py"])
def test_it_trains_again_when_an_input_has_changed(project: Path, name: str) -> None:
    (project / name).write_text("something else")
    assert training.is_needed(project)


@pytest.mark.parametrize("name", ["models/assistant.tar.gz", str(training.STAMP)])
def test_it_trains_when_there_is_no_model_or_no_word_of_its_origin(
    project: Path, name: str
) -> None:
    (project / name).unlink()
    assert training.is_needed(project)


# The database


def test_a_database_out_of_reach_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "not a folder"
    file.write_text("")
    config = load({**SECRETS, "DATABASE_URL": f"sqlite:///{file}/support.db"})
    with pytest.raises(ConfigError, match="DATABASE_URL could not be brought up to date"):
        bring_up_to_date(config)
