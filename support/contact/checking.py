"""Checking what was typed into the contact form, as forgivingly as the chat does.

What cannot be read is refused once, with why. Sent again as it is, it is taken as typed and the
team sees that it is not verified.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from support import extraction, fields, suggestions
from support.form_fields import STANDARD, WAYS_TO_REACH
from support.form_state import NAMES

FORMS_REMEMBERED = 10_000
SUGGEST_EMAIL = "suggest_email"


@dataclass(frozen=True)
class Checked:
    """values: the answers, by field, without empty ones. unverified: those kept as typed.

    problems: what is wrong, by field, as handoff_problem names it. suggestion: the address that was
    probably meant.
    """

    values: Mapping[str, str]
    unverified: tuple[str, ...]
    problems: Mapping[str, str]
    suggestion: str | None = None


class Refused:
    """What was refused in which form, so that the same is taken when it comes again.

    In this process only: forgetting it costs the visitor one more press of the button.
    """

    def __init__(self) -> None:
        self._by_form: OrderedDict[str, Mapping[str, str]] = OrderedDict()

    def before(self, form: str) -> Mapping[str, str]:
        """What was refused when this form was sent last, by field."""
        return self._by_form.get(form, {})

    def remember(self, form: str, texts: Mapping[str, str]) -> None:
        """Keep what was refused just now; beyond a number of forms the oldest are forgotten."""
        self._by_form[form] = {**self.before(form), **texts}
        self._by_form.move_to_end(form)
        while len(self._by_form) > FORMS_REMEMBERED:
            self._by_form.popitem(last=False)


def check(texts: Mapping[str, str], region: str, before: Mapping[str, str]) -> Checked:
    """Read every field. region: of phone numbers; before: what was refused in this form already."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    unverified = []
    suggestion = None
    for name in NAMES:
        typed = _tidy(name, texts.get(name, ""))
        if not typed:
            continue
        again = before.get(name) == typed
        value = read(name, typed, region)
        if value is None and again:
            value = typed[: STANDARD.by_name[name].length].strip()
            unverified.append(name)
        elif name == "email" and value is not None and not again:
            suggestion = suggestions.for_address(value)
            if suggestion:
                problems[name] = SUGGEST_EMAIL
        if value is None:
            problems[name] = f"invalid_{name}"
        else:
            values[name] = value
    return Checked(
        values, tuple(unverified), {**problems, **_missing(values, problems)}, suggestion
    )


def refused(texts: Mapping[str, str], checked: Checked) -> dict[str, str]:
    """The texts that were refused, as `check` wants them `before`."""
    return {name: _tidy(name, texts.get(name, "")) for name in checked.problems}


def read(name: str, typed: str, region: str) -> str | None:
    """The answer in a text that was typed into this field; None when there is none."""
    if name == "email":
        email = fields.find_email(typed)
        return email.value if email else None
    if name == "phone":
        phone = fields.find_phone(typed, region, asked=True)
        return phone.value if phone else None
    if name == "name":
        whole = extraction.introduction(typed) or extraction.bare_name(typed)
        return None if fields.name_problem(whole) else whole
    if not any(c.isalnum() for c in typed):
        return None
    return typed[: STANDARD.by_name[name].length].strip()


def _missing(values: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, str]:
    """What has to be given and is neither there nor complained of already."""
    needed = {name: f"needed_{name}" for name in NAMES if name in STANDARD.required}
    if not any(way in values or way in problems for way in WAYS_TO_REACH):
        needed[WAYS_TO_REACH[0]] = f"needed_{WAYS_TO_REACH[0]}"
    return {n: why for n, why in needed.items() if n not in values and n not in problems}


def _tidy(name: str, text: str) -> str:
    """Tidied; what it is about keeps its lines."""
    if name != "reason":
        return fields.tidy(text)
    lines = [fields.tidy(line) for line in text.splitlines()]
    return "\n".join(lines).strip()
