"""The action server by itself."""

from __future__ import annotations

import os
import subprocess
import sys

from support.config import PROJECT

WITHOUT_RASA = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("rasa", "tensorflow", "numpy", "onnxruntime", "aiosmtpd"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())

from rasa_sdk.endpoint import create_app
from rasa_sdk.plugin import plugin_manager

app = create_app("actions")
plugin_manager().hook.attach_sanic_app_extensions(app=app)
print(*sorted(route.path for route in app.router.routes), sep="\\n")
"""


def _attach(**environment: str) -> subprocess.CompletedProcess[str]:
    secrets = {"ADMIN_TOKEN": "admin", "INTERNAL_TOKEN": "internal", "SECRET_KEY": "secret"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_RASA],
        cwd=PROJECT,
        env={**os.environ, **secrets, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_starts_without_rasa_and_tensorflow() -> None:
    attached = _attach()
    assert attached.returncode == 0, attached.stderr
    assert {"webhook", "health", "admin/api/settings"} <= set(attached.stdout.split())


def test_stops_at_a_bad_variable_and_names_it() -> None:
    attached = _attach(SMTP_URL="ftp://mail.example.org")
    assert attached.returncode != 0
    assert "SMTP_URL names no SMTP server" in attached.stderr
