"""What the form knows between two messages, and which fields it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from support.form_fields import STANDARD, WAYS_TO_REACH, Fields
from support.reading import CONFIRMATION

__all__ = ["NAMES", "WAYS_TO_REACH", "FormState", "is_complete"]

# The names of the standard fields.
NAMES = STANDARD.names


@dataclass(frozen=True)
class FormState:
    """The form between two messages.

    values: the answers, by field. asked: the open question; problem: its wording. attempts: how
    often in a row a field's answer could not be read. unverified: fields whose answer was kept as
    typed. refused: fields that the visitor would rather not give. suggestion: the address that was
    probably meant by the one given. put: how often each question was put in each wording. turns:
    messages since the form was opened. unclear: how many in a row the summary got no answer from.
    fields: what is asked for.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    asked: str | None = None
    problem: str | None = None
    attempts: Mapping[str, int] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    suggestion: str | None = None
    put: Mapping[str, int] = field(default_factory=dict)
    turns: int = 0
    unclear: int = 0
    fields: Fields = STANDARD

    @property
    def verified(self) -> dict[str, str]:
        """The answers without those that could not be checked."""
        return {n: value for n, value in self.values.items() if n not in self.unverified}

    def may_skip(self, name: str) -> bool:
        """Whether the form can do without this answer, as things stand."""
        ways = self.fields.ways
        if name in self.fields.required or name == CONFIRMATION:
            return False
        # Asked for first, an e-mail address may be left out: the number is needed then.
        first_of_two = len(ways) > 1 and name == ways[0]
        return (
            name not in ways
            or first_of_two
            or any(way in self.verified for way in ways if way != name)
        )

    def missing(self) -> str | None:
        """The first question without an answer, None when there is none but the confirmation."""
        return next((name for name in self.fields.names if self.is_open(name)), None)

    def is_open(self, name: str) -> bool:
        """Whether a field still needs an answer."""
        answered = name == CONFIRMATION or bool(self.values.get(name))
        return not answered and not (name in self.refused and self.may_skip(name))

    def with_values(self, values: Mapping[str, str]) -> FormState:
        """With new answers, which are checked ones."""
        values = self.fields.only(values)
        return replace(
            self,
            values={**self.values, **values},
            unverified=_without(self.unverified, values),
            refused=_without(self.refused, values),
            attempts={n: count for n, count in self.attempts.items() if n not in values},
        )

    def without(self, name: str) -> FormState:
        """With one answer taken back."""
        return replace(
            self,
            values={n: value for n, value in self.values.items() if n != name},
            unverified=_without(self.unverified, (name,)),
            refused=_without(self.refused, (name,)),
            attempts={n: count for n, count in self.attempts.items() if n != name},
        )

    def reopened(self) -> FormState:
        """The beginning of another form for the same visitor: answers stay, counts do not."""
        return FormState(
            values=self.values,
            unverified=tuple(n for n in self.unverified if self.values.get(n)),
            refused=self.refused,
            fields=self.fields,
        )

    def to_json(self) -> dict[str, Any]:
        """All but what has a slot of its own (values, asked, problem, fields)."""
        return {
            "attempts": dict(self.attempts),
            "unverified": list(self.unverified),
            "refused": list(self.refused),
            "suggestion": self.suggestion,
            "put": dict(self.put),
            "turns": self.turns,
            "unclear": self.unclear,
        }

    @classmethod
    def from_json(
        cls,
        values: Mapping[str, str],
        asked: str | None,
        problem: str | None,
        kept: Any,
        form: Fields = STANDARD,
    ) -> FormState:
        """What `to_json` gave, with the slots beside it; nothing kept is a form just begun."""
        kept = kept if isinstance(kept, dict) else {}
        return cls(
            values=values,
            asked=asked,
            problem=problem,
            attempts=kept.get("attempts") or {},
            unverified=tuple(kept.get("unverified") or ()),
            refused=tuple(kept.get("refused") or ()),
            suggestion=kept.get("suggestion"),
            put=kept.get("put") or {},
            turns=kept.get("turns") or 0,
            unclear=kept.get("unclear") or 0,
            fields=form,
        )


def is_complete(values: Mapping[str, str | None], form: Fields = STANDARD) -> bool:
    """Whether the team can do something with it: what is required, and a way to reach somebody."""
    return all(values.get(name) for name in form.required) and any(
        values.get(way) for way in WAYS_TO_REACH
    )


def _without(names: tuple[str, ...], taken: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in taken)
