"""The supervisor, with small real processes: start, death, restart, end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from scripts.process import Service, StartError
from scripts.ready import Port
from scripts.supervisor import Supervisor, Timing

QUICK = Timing(first_pause=0.1, longest_pause=0.2, grace=5.0, start_limit=20.0)
SERVER = """
import os, socket, subprocess, sys
open(sys.argv[2], "a").write(f"{os.getpid()}\\n")
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[2], "a").write(f"{helper.pid}\\n")
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        server.accept()[0].close()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Started:
    """One service under a supervisor: a server on a port, with a helper process of its own."""

    def __init__(self, folder: Path, code: str = SERVER, timing: Timing = QUICK) -> None:
        self.port = Port("127.0.0.1", free_port(), "ACTIONS_PORT")
        self._pids = folder / "pids"
        self._pids.touch()
        arguments = [str(self.port.number), str(self._pids)]
        service = Service("server", [sys.executable, "-c", code, *arguments], [self.port])
        self.supervisor = Supervisor([service], dict(os.environ), folder, timing)

    @property
    def pids(self) -> list[int]:
        """Of the server and its helper, for each start."""
        return [int(line) for line in self._pids.read_text().split()]


def run(started: Started, test: Callable[[], Awaitable[None]]) -> None:
    """The test between start and stop; nothing that was started may be left."""

    async def all_of_it() -> None:
        try:
            await started.supervisor.start()
            await test()
        finally:
            await started.supervisor.stop()

    asyncio.run(all_of_it())
    assert [pid for pid in started.pids if is_alive(pid)] == []


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be asked about it does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)


def test_it_returns_when_the_service_answers_and_ends_all_that_it_started(tmp_path: Path) -> None:
    started = Started(tmp_path)

    async def test() -> None:
        assert all(is_alive(pid) for pid in started.pids)
        socket.create_connection(("127.0.0.1", started.port.number)).close()

    run(started, test)
    assert len(started.pids) == 2


def test_it_says_that_a_service_died_and_starts_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = Started(tmp_path)

    async def test() -> None:
        os.kill(started.pids[0], signal.SIGKILL)
        await until(lambda: len(started.pids) == 4)
        assert not is_alive(started.pids[1])
        await until(lambda: "server answers again." in capsys_text(capsys, said))

    said: list[str] = []
    run(started, test)
    assert "server ended with code -9; starting it again in 0.1 s." in "".join(said)


def test_it_waits_longer_each_time_a_service_dies_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = Started(tmp_path)

    async def test() -> None:
        for deaths in (1, 2, 3):
            os.kill(started.pids[-2], signal.SIGKILL)
            await until(lambda number=2 * deaths + 2: len(started.pids) == number)

    run(started, test)
    said = capsys.readouterr().out
    pauses = [line.split(" in ")[1].split(" s.")[0] for line in said.splitlines() if " in " in line]
    assert pauses == ["0.1", "0.2", "0.2"]


def test_it_waits_for_a_port_that_somebody_else_has_taken_and_says_so_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = Started(tmp_path)

    async def test() -> None:
        os.kill(started.pids[0], signal.SIGKILL)
        await until(lambda: not is_alive(started.pids[0]) and not is_alive(started.pids[1]))
        with socket.create_server(("127.0.0.1", started.port.number)):
            await asyncio.sleep(0.6)
            assert len(started.pids) == 2
        await until(lambda: len(started.pids) == 4)

    run(started, test)
    sentence = f"server cannot start again. Port {started.port.number} is in use"
    assert capsys.readouterr().out.count(sentence) == 1


def test_a_service_that_ends_at_the_first_start_is_said_with_its_last_words(
    tmp_path: Path,
) -> None:
    started = Started(tmp_path, "import sys; sys.exit('the reason')")
    with pytest.raises(StartError, match=r"server ended with code 1 .*\n  the reason\n"):
        run(started, never)


def test_a_service_that_never_answers_is_given_up(tmp_path: Path) -> None:
    timing = Timing(start_limit=0.3)
    started = Started(tmp_path, "import time; print('busy', flush=True); time.sleep(600)", timing)
    with pytest.raises(StartError, match=r"server has not answered for 0\.3 seconds"):
        run(started, never)


DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + SERVER


def test_a_service_that_does_not_listen_is_ended_after_the_grace(tmp_path: Path) -> None:
    started = Started(tmp_path, DEAF, Timing(grace=0.3))
    run(started, nothing)


def test_hurry_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    started = Started(tmp_path, DEAF, Timing(grace=600))

    async def test() -> None:
        asyncio.get_running_loop().call_later(0.2, started.supervisor.hurry)

    since = time.monotonic()
    run(started, test)
    assert time.monotonic() - since < 60


async def nothing() -> None:
    """A test that asks only for start and stop."""


async def never() -> None:
    raise AssertionError("it started")


def capsys_text(capsys: pytest.CaptureFixture[str], said: list[str]) -> str:
    """All that was printed so far; capsys forgets what it has given out."""
    said.append(capsys.readouterr().out)
    return "".join(said)
