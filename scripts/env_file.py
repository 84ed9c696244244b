"""Secrets that nobody chose are generated into `.env`, by `make install` and `make run`.

python -m scripts.env_file
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from scripts.output import say
from support.config import PROJECT, environment
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


def main() -> int:
    """Generate what is missing and say so; the exit code."""
    try:
        generated = generate_missing_secrets(PROJECT / ".env")
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    if generated:
        say(f"Generated into {PROJECT / '.env'}: {', '.join(generated)}.")
    return 0


def _append(env_file: Path, values: dict[str, str]) -> None:
    before = env_file.read_text() if env_file.exists() else ""
    lines = [f"{name}={value}\n" for name, value in values.items()]
    if before and not before.endswith("\n"):
        lines.insert(0, "\n")
    descriptor = os.open(env_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a") as file:
        os.fchmod(file.fileno(), 0o600)
        file.writelines(lines)


if __name__ == "__main__":
    sys.exit(main())
