"""Two ways to run the same assistant: this project, and stock Rasa on the same domain and data.

Both get databases, ports and a mailbox of their own, and the project's action server, without
which neither could collect or send anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
import yaml

from support.config import PROJECT
from tests.mail_server import MailServer, free_port

START_SECONDS = 180
PROPORTIONAL = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
TEAM = "team@example.org"
SETTINGS = {
    "enabled": True,
    "agent_emails": [TEAM],
    "alternative_contact": "call +1 202 555 0199",
    # Nobody types as fast as a benchmark, and its mails all go to one address.
    "messages_per_minute": 600,
    "requests_per_conversation": 100,
    "requests_per_client": 1000,
    "mails_per_hour": 10_000,
}
# What Rasa 3.6 suggests for a project that names no components of its own.
STOCK_CONFIG = PROJECT / "benchmarks" / "stock_config.yml"


class Stack:
    """One of the two, trained and run in `folder`. stock: which.

    epochs: how long stock Rasa trains; 100 is its own. How fast it answers does not depend on it.
    """

    def __init__(self, folder: Path, *, stock: bool, epochs: int = 100) -> None:
        self.folder = folder
        self._epochs = epochs
        self.stock = stock
        self.name = "stock Rasa" if stock else "this project"
        self.mail = MailServer()
        self.rasa_port, self.actions_port = free_port(), free_port()
        self._token = secrets.token_urlsafe(16)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._project = self._stock_project() if stock else PROJECT

    @property
    def url(self) -> str:
        """Where visitors' messages go."""
        return f"http://127.0.0.1:{self.rasa_port}/webhooks/rest/webhook"

    def train(self) -> float:
        """Train from nothing; seconds."""
        shutil.rmtree(self.folder / "models", ignore_errors=True)
        launcher = ["rasa"] if self.stock else ["scripts.serve_rasa"]
        begun = time.perf_counter()
        subprocess.run(
            [
                *[sys.executable, "-m", *launcher, "train", "--force", "--skip-validation"],
                *["--out", str(self.folder / "models"), "--fixed-model-name", "assistant"],
            ],
            cwd=self._project,
            env=self._environment(),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - begun

    def train_once(self, *, anew: bool) -> float:
        """Train if what goes into it has changed, or `anew`; the seconds that it took then."""
        files = [*sorted((self._project / "data").rglob("*.yml")), self._project / "domain.yml"]
        contents = b"".join(file.read_bytes() for file in (*files, self._project / "config.yml"))
        checksum = hashlib.sha256(contents).hexdigest()
        kept = self.folder / "trained.json"
        known = json.loads(kept.read_text()) if kept.is_file() else {}
        if anew or known.get("checksum") != checksum:
            known = {"checksum": checksum, "seconds": round(self.train(), 1)}
            kept.write_text(json.dumps(known))
        return float(known["seconds"])

    def start(self) -> float:
        """Start everything; seconds from Rasa's launch to its first answer."""
        self.mail.start()
        actions = ["rasa_sdk", "--actions", "actions", "-p", str(self.actions_port)]
        self._launch("actions", actions, PROJECT)
        self._wait(f"http://127.0.0.1:{self.actions_port}/health")
        self._settings()
        launcher = ["rasa"] if self.stock else ["scripts.serve_rasa"]
        run = ["run", "-i", "127.0.0.1", "-p", str(self.rasa_port)]
        begun = time.perf_counter()
        model = ["--model", str(self.folder / "models")]
        self._launch("rasa", [*launcher, *run, *model], self._project)
        self._wait_for_answer()
        return time.perf_counter() - begun

    def inside(self) -> dict[str, Any]:
        """What benchmarks/inside.py finds out, while the action server runs."""
        models = str(self.folder / "models")
        said = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.inside", models],
            cwd=self._project,
            env={**self._environment(), "PYTHONPATH": str(PROJECT)},
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
        return found

    def stop(self) -> None:
        """End everything that was started."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self._processes.clear()
        self.mail.stop()

    def memory(self) -> dict[str, float]:
        """Megabytes in memory by process, the publisher's with Rasa's; needs Linux."""
        return {name: _resident(process.pid) for name, process in self._processes.items()}

    def pid(self, name: str) -> int:
        """The process's id: 'rasa' or 'actions'."""
        return self._processes[name].pid

    def processor_seconds(self) -> float | None:
        """What both processes have computed so far; None on a system that does not tell."""
        try:
            return sum(_computed(process.pid) for process in self._processes.values())
        except OSError:
            return None

    def database(self) -> str:
        """The URL of the requests' database."""
        return f"sqlite:///{self.folder}/support.db"

    def _stock_project(self) -> Path:
        """The project's domain and data with Rasa's own everything else."""
        project = self.folder / "project"
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(PROJECT / "data", project / "data")
        shutil.copy(PROJECT / "domain.yml", project)
        recipe = STOCK_CONFIG.read_text().replace("epochs: 100", f"epochs: {self._epochs}")
        (project / "config.yml").write_text(recipe)
        (project / "credentials.yml").write_text("rest:\nsocketio:\n  session_persistence: false\n")
        endpoints = {
            "action_endpoint": {
                "url": f"http://127.0.0.1:{self.actions_port}/webhook",
                "headers": {"Authorization": f"Bearer {self._token}"},
            },
            "tracker_store": {
                "type": "SQL",
                "dialect": "sqlite",
                "db": str(self.folder / "conversations.db"),
            },
        }
        (project / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
        return project

    def _launch(self, name: str, arguments: list[str], where: Path) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=where,
                env=self._environment(),
                stdout=log,
                stderr=log,
            )

    def _environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "ADMIN_TOKEN": self._token,
            "INTERNAL_TOKEN": self._token,
            "SECRET_KEY": self._token,
            "DATABASE_URL": self.database(),
            "CONVERSATIONS_URL": f"sqlite:///{self.folder}/conversations.db",
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "BIND_HOST": "127.0.0.1",
            "RASA_PORT": str(self.rasa_port),
            "ACTIONS_PORT": str(self.actions_port),
            "ACTIONS_URL": f"http://127.0.0.1:{self.actions_port}",
        }

    def _settings(self) -> None:
        requests.patch(
            f"http://127.0.0.1:{self.actions_port}/admin/api/settings",
            json=SETTINGS,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=10,
        ).raise_for_status()

    def _wait(self, url: str) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                if requests.get(url, timeout=2).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise RuntimeError(f"{url} did not answer within {START_SECONDS} s; see {self.folder}.")

    def _wait_for_answer(self) -> None:
        """Until a message is answered: stock Rasa is up long before it understands."""
        end = time.monotonic() + START_SECONDS
        hello = {"sender": secrets.token_hex(8), "message": "hello"}
        while time.monotonic() < end:
            try:
                answer = requests.post(self.url, json=hello, timeout=10)
                if answer.ok and answer.json():
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"No message was answered within {START_SECONDS} s; see {self.folder}.")


def _resident(pid: int) -> float:
    """Megabytes of a process and its children; what they share counts once."""
    processes = list(_family(pid))
    rolled = [Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii") for each in processes]
    kilobytes = [int(found[1]) for text in rolled if (found := PROPORTIONAL.search(text))]
    return sum(kilobytes) * 1024 / 1e6


def _family(pid: int) -> set[int]:
    """A process and all that it has started."""
    said = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True)
    pairs = [line.split() for line in said.stdout.splitlines()]
    members = {pid}
    # A parent may have a higher number than its child, so until nobody joins.
    while joining := {int(p) for p, parent in pairs if int(parent) in members} - members:
        members |= joining
    return members


def _computed(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    # After the program's name, which may hold anything: the 12th and 13th are its ticks.
    of_user, of_system = stat.rpartition(")")[2].split()[11:13]
    return (int(of_user) + int(of_system)) / os.sysconf("SC_CLK_TCK")
