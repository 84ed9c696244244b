"""nginx as deploy/nginx.conf has it, on ports of the test's, where nginx is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import requests

from support.config import PROJECT
from tests.mail_server import free_port
from tests.system import wait_for

CONF = PROJECT / "deploy/nginx.conf"
PARTS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def why_not() -> str | None:
    """Why there can be no nginx here, in words; None when there can."""
    return None if program() else "nginx is not installed (apt-get install nginx)"


def program() -> str | None:
    """Debian keeps it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def configuration(ports: Mapping[int, int]) -> str:
    """The file of the repository, with other ports: old to new."""
    text = CONF.read_text(encoding="utf-8")
    return re.sub(r"127\.0\.0\.1:(\d+)", lambda m: f"127.0.0.1:{ports[int(m[1])]}", text)


class Nginx:
    """A running one. ports: those that stand for the file's own, of which 8080 and 8055 are its."""

    def __init__(self, ports: Mapping[int, int]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nginx-"))
        self.port, self.inner_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        text = configuration({**ports, 8080: self.port, 8055: self.inner_port})
        text = text.replace("/var/cache/nginx", str(self.folder))
        (self.folder / "site.conf").write_text(text, encoding="utf-8")
        (self.folder / "nginx.conf").write_text(self._around(), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def problem(self) -> str:
        """What `nginx -t` finds wrong; empty when nothing is."""
        done = subprocess.run([*self._command(), "-t"], capture_output=True, text=True, timeout=30)
        return "" if done.returncode == 0 else done.stderr

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for("nginx", self._answers)

    def remove(self) -> None:
        """End it, and leave nothing behind."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _command(self) -> list[str]:
        nginx = program()
        assert nginx
        return [nginx, "-e", "stderr", "-p", str(self.folder), "-c", "nginx.conf"]

    def _around(self) -> str:
        user = "user root;" if os.geteuid() == 0 else ""
        folders = "\n".join(f"{part}_temp_path {self.folder}/{part};" for part in PARTS)
        return f"""
            {user} daemon off; worker_processes 1; pid {self.folder}/pid; error_log stderr;
            events {{ worker_connections 512; }}
            http {{ access_log off; {folders} include {self.folder}/site.conf; }}
            """

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/", timeout=2).status_code > 0
        except requests.ConnectionError:
            return False
