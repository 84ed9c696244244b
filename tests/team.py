"""People who work with Support Operations, for tests."""

from __future__ import annotations

from functools import lru_cache

from support import api_tokens, database, passwords, people
from support.models import Role
from support.people import Person
from tests.admin_site import NOW, AdminSite, Browser

PASSWORD = "four words in a row"


def add(name: str = "ann", role: Role = Role.AGENT, password: str = PASSWORD) -> Person:
    """Somebody who has chosen a password."""
    with database.session_scope() as session:
        user = people.add(session, name, role, "a test", NOW)
        user.password_hash = _hashed(password)
        return people.of(user)


def browser(site: AdminSite, name: str, password: str = PASSWORD) -> Browser:
    """A browser with this person signed in, on the page that signing in leads to."""
    browser = site.browser()
    browser.get("/admin")
    browser.post("/admin/sign-in", name=name, password=password)
    return browser


def token(person: Person, name: str = "a program") -> str:
    """A token of this person's."""
    with database.session_scope() as session:
        return api_tokens.make(session, person, name, NOW)[1]


def disable(person: Person) -> None:
    """Somebody leaves."""
    with database.session_scope() as session:
        user = people.find(session, person.user_id or 0)
        assert user is not None
        people.disable(session, user, "a test", NOW)


@lru_cache
def _hashed(password: str) -> str:
    return passwords.hashed(password)
