"""What a fault is, and where in a handoff it strikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.faults.stage import Stage

# What the visitor says at each step; at the last one the visitor only waits.
STEPS = {
    "asking": "I want to talk to an agent.",
    "name": "Ann Lee",
    "e-mail": "ann@example.org",
    "phone": "+1 202 555 0123",
    "reason": "my order never came",
    "sending": "Send",
    "waiting": "",
}
TALKING = [step for step, words in STEPS.items() if words]
Change: TypeAlias = Callable[[Stage], None]


@dataclass(frozen=True)
class Fault:
    """Something that breaks at one step, and is mended once the visitor has read the answer.

    after: strikes so many seconds into the answering, instead of before the message. by: the
    channel that tells the team. ends: the other side said no for good, so nothing arrives.
    window: the other side took the message and could not say so, so it may come again.
    """

    name: str
    step: str
    strike: Change
    mend: Change
    after: float | None = None
    by: str = "email"
    ends: bool = False
    window: bool = False

    @property
    def id(self) -> str:
        """For people."""
        return f"{self.name}, at {self.step}"


@dataclass
class Outcome:
    """What came of a handoff. read: what the visitor read at the fault; later: after that.

    repeats: of messages that the other side took without being able to say so; references: of the
    requests that came of it.
    """

    fault: Fault
    read: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    lost: int = 0
    false_confirmations: int = 0
    duplicates: int = 0
    repeats: int = 0
    silences: int = 0
    references: set[str] = field(default_factory=set)

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.false_confirmations or self.duplicates or self.silences)
