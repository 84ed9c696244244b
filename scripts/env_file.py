"""The first `make run`: secrets that nobody chose are generated into `.env`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from support.config import environment
from support.errors import ConfigError

GENERATED = ("ADMIN_TOKEN", "INTERNAL_TOKEN", "SECRET_KEY")


def generate_missing_secrets(env_file: Path) -> list[str]:
    """Add a random value to `.env` for each secret that is set nowhere; what is set is kept.

    Returns the names that were added. The file is readable by its owner only from then on.
    Raises ConfigError when the file cannot be read or written.
    """
    try:
        known = environment(env_file)
        missing = [name for name in GENERATED if name not in known]
        if missing:
            _append(env_file, {name: secrets.token_urlsafe(32) for name in missing})
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{env_file} cannot be read and written ({error}): make it a text file of yours, "
            f"or set {', '.join(GENERATED)} in the environment."
        ) from None
    return missing


def _append(env_file: Path, values: dict[str, str]) -> None:
    before = env_file.read_text() if env_file.exists() else ""
    lines = [f"{name}={value}\n" for name, value in values.items()]
    if before and not before.endswith("\n"):
        lines.insert(0, "\n")
    descriptor = os.open(env_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a") as file:
        os.fchmod(file.fileno(), 0o600)
        file.writelines(lines)
