"""Bringing the database up to the newest version: `make migrate`, and the start of `make run`."""

from __future__ import annotations

import sys

from scripts.env_file import generate_missing_secrets
from scripts.output import say
from support.config import PROJECT, Config, environment, load
from support.database import migrate
from support.errors import ConfigError


def bring_up_to_date(config: Config) -> None:
    """Migrate the database; ConfigError says in one sentence why that was not possible."""
    # Imported here so that a wrong variable is said before a second is spent on these.
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        migrate(config)
    except (SQLAlchemyError, CommandError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise ConfigError(
            f"The database in DATABASE_URL could not be brought up to date ({reason}): check "
            "that it can be reached and written to."
        ) from error


def load_config() -> tuple[Config, dict[str, str]]:
    """The checked configuration and the environment it came from.

    Secrets that are set nowhere are generated into `.env` first, and said by name.
    """
    env_file = PROJECT / ".env"
    generated = generate_missing_secrets(env_file)
    if generated:
        say(f"Generated into {env_file}: {', '.join(generated)}.")
    environ = environment()
    return load(environ), environ


def main() -> int:
    """Migrate; the exit code."""
    try:
        bring_up_to_date(load_config()[0])
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    say("The database is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
