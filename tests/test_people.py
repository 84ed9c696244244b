"""Roles: each includes those before it."""

from __future__ import annotations

import pytest

from support.models import Role
from support.people import Person


@pytest.mark.parametrize(
    "role, allowed",
    [
        (Role.AGENT, {Role.AGENT}),
        (Role.DESIGNER, {Role.AGENT, Role.DESIGNER}),
        (Role.ADMIN, {Role.AGENT, Role.DESIGNER, Role.ADMIN}),
    ],
)
def test_each_role_may_what_those_before_it_may(role: Role, allowed: set[Role]) -> None:
    assert {needed for needed in Role if Person("Ann", role).may(needed)} == allowed
