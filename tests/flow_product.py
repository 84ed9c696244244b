"""The running product with models of its own, and a designer who uses the flow's API."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from support.config import PROJECT
from tests.system import TEAM, System, wait_for

STARTED = PROJECT / "models"
PHRASE = "I wish to converse with a flesh-and-blood employee"
ORDER_NUMBER = {
    "name": "order_number",
    "type": "pattern",
    "pattern": "[A-Z]{2}-?[0-9]{4}",
    "question": "Which order is it about?",
    "hint": "It is on the invoice, such as AB-1234.",
}
PATIENCE = 120
PSS = re.compile(r"^Pss:\s+(\d+)", re.M)


class FlowProduct(System):
    """Both servers, a mail server, and the flow's API."""

    def __init__(self, folder: Path) -> None:
        models = folder / "models"
        models.mkdir()
        for name in ("assistant.tar.gz", ".inputs.sha256"):
            shutil.copy(STARTED / name, models / name)
        super().__init__(folder, models)

    def open(self) -> None:
        """Support Operations is on, and the mailbox empty."""
        self.mail.reset()
        self.settings(enabled=True, agent_emails=[TEAM], alternative_contact="")

    def api(self, method: str, path: str = "", **options: Any) -> requests.Response:
        """Call /admin/api/flow."""
        headers = {"Authorization": f"Bearer {self.admin_token}", **options.pop("headers", {})}
        url = f"{self.admin_url}/api/flow{path}"
        return requests.request(method, url, headers=headers, timeout=40, **options)

    def document(self) -> dict[str, Any]:
        """The draft."""
        return dict(self.api("GET").json())

    def change(self, change: Callable[[dict[str, Any]], Any]) -> requests.Response:
        """A designer reads the draft, changes something, and saves."""
        document = self.document()
        change(document)
        return self.api("PUT", json=document)

    def done(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Ask for work, and wait for its end: the job."""
        headers = {"Prefer": "respond-async", **options.pop("headers", {})}
        response = self.api(method, path, headers=headers, **options)
        assert response.status_code == 202, response.text
        address = "/jobs/" + response.json()["id"]

        def ended() -> dict[str, Any] | None:
            job = self.api("GET", address).json()
            return job if job["ended_at"] else None

        return wait_for(f"{path} to end", ended, PATIENCE) or {}

    def publish(self, **sent: Any) -> dict[str, Any]:
        """Publish the draft; the job."""
        return self.done("POST", "/publish", json=sent)

    def restore(self, number: int) -> dict[str, Any]:
        """Roll back; the job."""
        return self.done("POST", f"/versions/{number}/restore")

    def live(self) -> int:
        """The number of the live version."""
        return int(self.api("GET", "/state").json()["live"]["number"])

    def memory(self) -> int:
        """What the Rasa server has in memory, in MB."""
        assert self._rasa
        status = Path(f"/proc/{self._rasa.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) // 1024 if found else 0

    def whole_memory(self) -> int:
        """The same with the process that it has forked; what they share is counted once."""
        assert self._rasa
        rolls = [
            Path(f"/proc/{pid}/smaps_rollup").read_text()
            for pid in (self._rasa.pid, *self._forked())
        ]
        return sum(int(found[1]) for roll in rolls if (found := PSS.search(roll))) // 1024

    def work_seconds(self) -> float:
        """What all work on the flow has cost so far, in seconds of a core."""
        stats = [Path(f"/proc/{pid}/stat").read_text().split() for pid in self._forked()]
        ticks = sum(int(stat[15]) + int(stat[16]) for stat in stats)
        return ticks / os.sysconf("SC_CLK_TCK")

    def _forked(self) -> list[str]:
        assert self._rasa
        pid = self._rasa.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def start_second_rasa(self, port: int) -> subprocess.Popen[bytes]:
        """Another Rasa server of the same deployment, on another port."""
        arguments = ["run", "-i", "127.0.0.1", "-p", str(port), "-m", str(self.models)]
        process = self._launch("rasa-2", ["-m", "scripts.serve_rasa", *arguments])
        self._answers(f"http://127.0.0.1:{port}/status", process)
        return process
