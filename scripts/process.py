"""One supervised process and everything it starts: a process group, ended as a whole."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.keeper import signal_group
from scripts.output import ProcessLog, lines_of
from scripts.ready import Port
from support.config import PROJECT
from support.errors import SupportError

LAST_WORDS_SECONDS = 1.0


@dataclass(frozen=True)
class Service:
    """What to start: a short name, the command line, and the ports it will listen on."""

    name: str
    command: Sequence[str]
    ports: Sequence[Port] = ()


class StartError(SupportError):
    """A process ended, failed, or did not answer, while everything was being started."""


class Keeper:
    """The helper process that ends the others should this one be killed."""

    def __init__(self) -> None:
        script = str(Path(__file__).with_name("keeper.py"))
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", script],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def note(self, change: str) -> None:
        """Tell it `+group` or `-group`. Should it be gone, the others run on without it."""
        assert self._process.stdin is not None  # noqa: S101 - stdin=PIPE above
        with contextlib.suppress(OSError):
            self._process.stdin.write(f"{change}\n")

    def close(self) -> None:
        """Let it end; it ends the groups that are still noted."""
        with contextlib.suppress(OSError):
            self._process.communicate()


class Process:
    """A started service."""

    def __init__(self, child: asyncio.subprocess.Process, log: ProcessLog, keeper: Keeper) -> None:
        self._child = child
        self._keeper = keeper
        self._group = child.pid
        assert child.stdout is not None  # noqa: S101 - stdout=PIPE in start()
        self._reading = asyncio.create_task(_copy(child.stdout, log))
        keeper.note(f"+{self._group}")

    async def wait(self) -> int:
        """The exit code, once the process has ended and nothing of its group is left."""
        code = await self._child.wait()
        self.kill()
        await asyncio.wait({self._reading}, timeout=LAST_WORDS_SECONDS)
        self._reading.cancel()
        self._keeper.note(f"-{self._group}")
        return code

    async def stop(self, grace: float) -> None:
        """SIGTERM to the group; SIGKILL when it is still there after the grace, in seconds."""
        signal_group(self._group, signal.SIGTERM)
        ended = asyncio.create_task(self.wait())
        await asyncio.wait({ended}, timeout=grace)
        self.kill()
        await ended

    def kill(self) -> None:
        """SIGKILL to whatever is left of the group."""
        signal_group(self._group, signal.SIGKILL)


async def start(
    service: Service, environ: Mapping[str, str], log: ProcessLog, keeper: Keeper
) -> Process:
    """Start the service in a process group of its own, in the project's folder."""
    child = await asyncio.create_subprocess_exec(
        *service.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=PROJECT,
        env=dict(environ),
        start_new_session=True,
    )
    return Process(child, log, keeper)


async def _copy(stream: asyncio.StreamReader, log: ProcessLog) -> None:
    async for line in lines_of(stream):
        log.write(line)
