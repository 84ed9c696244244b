"""Schemathesis calls the API as its own description says, and as it forbids.

Every operation of the served description is called; a new one needs nothing here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.errors import DeliveryError
from tests.admin_site import ask, deliver, running, switch_on

TOKEN = "a-token-in-plain-ascii"
EXAMPLES = "8"
SECONDS = 300
CONFIG = """
[checks.positive_data_acceptance]
# What fits a schema may still be refused for what none can say: a name that is taken, text without
# a number in it, settings that have changed meanwhile.
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]

[checks.negative_data_rejection]
# Whether the settings are the ones meant is asked before what is to be changed in them.
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
"""


@pytest.mark.timeout(SECONDS + 60)
def test_is_what_the_api_does(tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    with running(tmp_path, ADMIN_TOKEN=TOKEN, API_CALLS_PER_MINUTE="1000000") as site:
        switch_on()
        for number in range(3):
            ask(number)
        deliver(DeliveryError("421 try again later"))
        called = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
                f"{site.url}/admin/api/openapi.json",
                *("--header", f"Authorization: Bearer {TOKEN}"),
                *("--checks", "all", "--max-examples", EXAMPLES, "--generation-deterministic"),
                *("--continue-on-failure", "--suppress-health-check", "all", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    assert called.returncode == 0, called.stdout + called.stderr
