"""Keeps the services running: waits until they answer, restarts one that dies, stops them all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.output import ProcessLog, say
from scripts.process import Keeper, Process, Service, StartError, start
from scripts.ready import answers, problem_with


@dataclass(frozen=True)
class Timing:
    """How patient the supervisor is, in seconds."""

    first_pause: float = 3.0
    longest_pause: float = 30.0
    steady_after: float = 60.0
    grace: float = 8.0
    start_limit: float = 180.0
    between_looks: float = 0.1


class Supervisor:
    """The services, from the first start to the last end."""

    def __init__(
        self,
        services: Sequence[Service],
        environ: Mapping[str, str],
        log_folder: Path,
        timing: Timing | None = None,
    ) -> None:
        self._services = services
        self._environ = environ
        self._timing = timing or Timing()
        self._keeper = Keeper()
        self._logs = {each.name: ProcessLog(each.name, log_folder) for each in services}
        self._running: dict[str, Process] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start every service and return when all of them answer.

        Raises StartError when one ends first or takes too long; stop() is still to be called.
        """
        for service in self._services:
            await self._launch(service)
        for service in self._services:
            await self._first_answer(service)
        self._tasks = [asyncio.create_task(self._keep(each)) for each in self._services]

    async def stop(self) -> None:
        """End every service and what it started; returns when nothing of them is left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        grace = self._timing.grace
        await asyncio.gather(*(process.stop(grace) for process in self._running.values()))
        for log in self._logs.values():
            log.close()
        self._keeper.close()

    def hurry(self) -> None:
        """End every service at once, without its leave."""
        for process in self._running.values():
            process.kill()

    async def _launch(self, service: Service) -> None:
        log = self._logs[service.name]
        self._running[service.name] = await start(service, self._environ, log, self._keeper)

    async def _first_answer(self, service: Service) -> None:
        ended = asyncio.create_task(self._running[service.name].wait())
        up = asyncio.create_task(self._wait_until_up(service))
        limit = self._timing.start_limit
        await asyncio.wait({ended, up}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        is_up, code = up.done(), ended.result() if ended.done() else None
        for task in (ended, up):
            task.cancel()
        if code is not None:
            raise StartError(
                f"{service.name} ended with code {code} while starting. Its last lines:"
                f"{self._last_words(service)}"
            )
        if not is_up:
            raise StartError(
                f"{service.name} has not answered for {limit:g} seconds. Its last lines:"
                f"{self._last_words(service)}"
            )

    def _last_words(self, service: Service) -> str:
        return self._logs[service.name].last_words()

    async def _wait_until_up(self, service: Service) -> None:
        for port in service.ports:
            while not await answers(port):
                await asyncio.sleep(self._timing.between_looks)

    async def _keep(self, service: Service) -> None:
        pause = self._timing.first_pause
        while True:
            since = time.monotonic()
            code = await self._running[service.name].wait()
            if time.monotonic() - since > self._timing.steady_after:
                pause = self._timing.first_pause
            say(
                f"{service.name} ended with code {code}; starting it again in {pause:g} s. "
                f"Its last lines:{self._last_words(service)}"
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._timing.longest_pause)
            await self._wait_for_ports(service)
            await self._launch(service)
            await self._say_when_back(service)

    async def _wait_for_ports(self, service: Service) -> None:
        said = ""
        while problems := [text for port in service.ports if (text := problem_with(port))]:
            if problems[0] != said:
                said = problems[0]
                say(f"{service.name} cannot start again. {said}")
            await asyncio.sleep(self._timing.first_pause)

    async def _say_when_back(self, service: Service) -> None:
        up = asyncio.create_task(self._wait_until_up(service))
        ended = asyncio.create_task(self._running[service.name].wait())
        await asyncio.wait({up, ended}, return_when=asyncio.FIRST_COMPLETED)
        if up.done():
            say(f"{service.name} answers again.")
        for task in (up, ended):
            task.cancel()
