"""Who works with Support Operations."""

from __future__ import annotations

from dataclasses import dataclass

from support.models import Role

RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in. user_id: None for the holder of ADMIN_TOKEN."""

    name: str
    role: Role
    user_id: int | None = None

    def may(self, needed: Role) -> bool:
        """Whether this person's role includes what needs `needed`."""
        return RANKS[self.role] >= RANKS[needed]


TOKEN_HOLDER = Person("admin", Role.ADMIN)
