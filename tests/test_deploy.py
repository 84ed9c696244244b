"""The files in deploy/ can be read by what they are for, and name only what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.config import PROJECT
from tests import nginx
from tests.nginx import Nginx
from tests.test_docs import variables

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*"))
# What programs other than ours read.
OTHERS = {
    *("POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER", "SITE_PORT"),
    *("RASA_TELEMETRY_ENABLED", "PYTHONUNBUFFERED"),
}


def compose() -> dict[str, Any]:
    """deploy/compose.yml."""
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.skipif(nginx.why_not() is not None, reason=str(nginx.why_not()))
def test_gives_nginx_nothing_that_it_refuses() -> None:
    site = Nginx({5005: 5005, 5006: 5006, 5055: 5055, 5056: 5056})
    try:
        assert site.problem() == ""
    finally:
        site.remove()


def test_publishes_no_more_than_the_documents_say() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    public = text[text.index("listen 127.0.0.1:8080") : text.index("listen 127.0.0.1:8055")]
    places = set(re.findall(r"location (?:= )?(\S+)", public))
    assert places == {"/chat", "/socket.io", "/webhooks/rest/webhook", "/contact", "/admin"}


def test_sets_only_variables_that_are_read() -> None:
    services = compose()["services"].values()
    named = {name for service in services for name in service.get("environment", {})}
    text = "\n".join(unit.read_text(encoding="utf-8") for unit in UNITS)
    named |= set(re.findall(r"^Environment=(\w+)=", text, re.M))
    assert named - variables() - OTHERS == set()
    assert {"REDIS_URL", "DATABASE_URL", "CONVERSATIONS_URL", "ACTIONS_URL"} <= named


def test_takes_from_outside_only_variables_that_are_read() -> None:
    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) - variables() - OTHERS == set()


def test_names_only_files_that_there_are() -> None:
    for service in compose()["services"].values():
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in compose()["volumes"] or (DEPLOY / source).is_file(), source
    for image in DEPLOY.glob("Dockerfile.*"):
        for line in re.findall(r"^COPY (?!--)(.*) \S+$", image.read_text(encoding="utf-8"), re.M):
            assert all((PROJECT / name).exists() for name in line.split()), line


def test_names_each_server_as_the_proxy_does() -> None:
    image = (DEPLOY / "Dockerfile.proxy").read_text(encoding="utf-8")
    servers = set(re.findall(r"/((?:rasa|actions)\d):", image))
    assert servers == {name for name in compose()["services"] if re.search(r"\d$", name)}
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for old, new in re.findall(r"s/([\d.:]+)/([\w.:]+)/", image):
        assert old in text
        text = text.replace(old, new)
    assert "127.0.0.1" not in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_gives_systemd_nothing_that_it_refuses(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    # What there is only on the server that it is for.
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M)
    named = tmp_path / unit.name.replace("@.", "@5005.")
    named.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(named)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert named.name not in done.stderr, done.stderr
