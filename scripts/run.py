"""What `make run` starts once everything is installed: all processes, until Ctrl-C.

    python -m scripts.run [--stop-with-parent]

--stop-with-parent: end as well when the process that started this one is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine, Mapping
from typing import Any

from scripts import training
from scripts.migrate import bring_up_to_date, load_config
from scripts.output import say
from scripts.process import Service, StartError
from scripts.ready import Port, problem_with
from scripts.supervisor import Supervisor
from support.config import PROJECT, Config
from support.errors import ConfigError

PARENT_LOOK_SECONDS = 1.0
LOOPBACK = "127.0.0.1"


def main() -> int:
    """Start everything and keep it running; the exit code, 0 when asked to stop."""
    try:
        config, environ = load_config()
        check_ports(config)
        say("Bringing the database up to date.")
        bring_up_to_date(config)
        run = Run(config, environment_of_processes(config, environ))
        return asyncio.run(run.until_stopped())
    except (ConfigError, StartError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def environment_of_processes(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """What the processes get: the environment, and what only one of them would know."""
    derived = {
        "PYTHONUNBUFFERED": "1",
        "SANIC_HOST": config.bind_host,
        "ACTIONS_URL": config.actions_url,
    }
    if config.smtp is None:
        derived["SMTP_URL"] = f"smtp://{LOOPBACK}:{config.mailbox_smtp_port}"
    return {**environ, **derived}


def services(config: Config) -> list[Service]:
    """The processes to start, those that are up first in front."""
    python = sys.executable
    host = config.bind_host
    actions = Port(host, config.actions_port, "ACTIONS_PORT", "/health")
    rasa = Port(host, config.rasa_port, "RASA_PORT", "/status")
    started = [
        Service(
            "actions",
            [python, "-m", "rasa_sdk", "--actions", "actions", "-p", str(actions.number)],
            [actions],
        ),
        Service(
            "rasa",
            [python, "-m", "scripts.serve_rasa", "run", "-i", host, "-p", str(rasa.number)],
            [rasa],
        ),
    ]
    if config.smtp is None:
        smtp = Port(LOOPBACK, config.mailbox_smtp_port, "MAILBOX_SMTP_PORT")
        page = Port(LOOPBACK, config.mailbox_port, "MAILBOX_PORT", "/")
        started.insert(0, Service("mailbox", [python, "-m", "scripts.mailbox"], [smtp, page]))
    return started


def check_ports(config: Config) -> None:
    """Raise ConfigError when a port is given twice, or cannot be listened on now."""
    owners: dict[int, str] = {}
    for port in (port for service in services(config) for port in service.ports):
        if port.number in owners:
            raise ConfigError(
                f"{owners[port.number]} and {port.variable} are both {port.number}: set one of "
                "them in .env to another port."
            )
        owners[port.number] = port.variable
        problem = problem_with(port)
        if problem:
            raise ConfigError(problem)


class Run:
    """One run, from training to the last process's end."""

    def __init__(self, config: Config, environ: dict[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._supervisor: Supervisor | None = None
        self._stop = asyncio.Event()

    async def until_stopped(self) -> int:
        """Train if needed, start, say where everything is, and wait for the end."""
        self._listen_for_signals()
        watching = asyncio.create_task(self._stop_with_parent())
        try:
            if training.is_needed():
                say("Training the assistant; this takes about half a minute.")
                if await self._unless_stopped(training.train(self._environ)):
                    return 0
            return await self._serve()
        finally:
            watching.cancel()

    async def _serve(self) -> int:
        say("Starting: " + ", ".join(each.name for each in services(self._config)) + ".")
        self._supervisor = Supervisor(services(self._config), self._environ, PROJECT / "var/log")
        try:
            if not await self._unless_stopped(self._supervisor.start()):
                say(banner(self._config))
                await self._stop.wait()
        finally:
            say("Stopping.")
            await self._supervisor.stop()
        return 0

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work, or leave it when a stop is asked for first: then True."""
        doing = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not self._stop.is_set():
            doing.result()
            return False
        doing.cancel()
        with contextlib.suppress(asyncio.CancelledError, StartError):
            await doing
        return True

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)

    def _asked_to_stop(self) -> None:
        if self._stop.is_set() and self._supervisor:
            self._supervisor.hurry()
        self._stop.set()

    async def _stop_with_parent(self) -> None:
        """`make` may be killed and not say so; then this process gets another parent."""
        if "--stop-with-parent" not in sys.argv:
            return
        parent = os.getppid()
        while os.getppid() == parent:
            await asyncio.sleep(PARENT_LOOK_SECONDS)
        self._stop.set()


def banner(config: Config) -> str:
    """Where everything is, for somebody who sees it for the first time."""
    host = Port(config.bind_host, config.rasa_port, "RASA_PORT").reachable_host
    rasa, actions = f"http://{host}:{config.rasa_port}", f"http://{host}:{config.actions_port}"
    if config.smtp is None:
        mail = f"http://{LOOPBACK}:{config.mailbox_port}"
    else:
        mail = f"goes to {config.smtp.host}:{config.smtp.port} (SMTP_URL)"
    return f"""
  Everything is up.

  Chat page            {rasa}/chat
  Support Operations   {actions}/admin
    sign in with       {config.admin_token}
  Mail to the team     {mail}
  Over REST            curl -s {rasa}/webhooks/rest/webhook -H 'Content-Type: application/json' \
-d '{{"sender": "ann", "message": "I want to talk to a person"}}'

  Ctrl-C stops everything."""


if __name__ == "__main__":
    sys.exit(main())
