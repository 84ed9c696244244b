"""Add a person to Support Operations: `make user name=ann role=admin`.

Prints the link by which the person chooses a password, once, within a week.

python -m scripts.add_user ann --role admin
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from scripts.migrate import bring_up_to_date, load_config
from scripts.output import say
from support import database, invitations, people
from support.config import Config
from support.errors import SupportError
from support.models import Role
from support.people import Person

# Whoever may run this could as well change the database.
ACTOR = Person("command line", Role.ADMIN)


def add(name: str, role: Role, config: Config) -> str:
    """Store the person; the link to send. Raises PeopleError."""
    now = dt.datetime.now(dt.timezone.utc)
    with database.session_scope() as session:
        user = people.add(session, name, role, ACTOR.name, now)
        return invitations.make(session, user, ACTOR, config, now)


def main() -> int:
    """Add the person named in the arguments; the exit code."""
    parser = argparse.ArgumentParser(description="Add a person to Support Operations.")
    parser.add_argument("name", help="as it will stand in the record of who did what")
    roles = [role.value for role in Role]
    parser.add_argument("--role", choices=roles, default=Role.ADMIN.value)
    given = parser.parse_args()
    try:
        config = load_config()[0]
        bring_up_to_date(config)
        database.connect(config.database_url)
        link = add(given.name, Role(given.role), config)
    except SupportError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        database.disconnect()
    say(f"{given.name} was added and chooses a password here, once, within a week:\n{link}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
