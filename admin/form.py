"""The settings form: its fields, made from the table of settings, and what comes back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin import shapes
from support import database, settings
from support.errors import SettingsError
from support.settings import SETTINGS, Setting, Settings


@dataclass(frozen=True)
class Field:
    """One setting in the form.

    typed: what stands in it. error: why it was refused. stored: the value in force, when it is
    another one and the admin should know.
    """

    setting: Setting
    typed: Any
    error: str | None = None
    stored: Any = None


class NotSaved(Exception):
    """Nothing was saved. errors: by setting. stale: the settings have changed meanwhile."""

    def __init__(self, errors: Mapping[str, str], stale: bool = False) -> None:
        super().__init__(*errors.values())
        self.errors = errors
        self.stale = stale


def fields(current: Settings) -> list[Field]:
    """The form as it stands with nothing typed yet."""
    values = shapes.settings(current)
    return [Field(setting, _typed(setting, values[setting.name])) for setting in SETTINGS]


def fields_again(posted: Mapping[str, str], current: Settings, why: NotSaved) -> list[Field]:
    """The form with what was typed kept, errors at their fields, and newer values beside them."""
    values, asked = shapes.settings(current), changes(posted)
    return [
        Field(
            setting,
            _typed_again(setting, posted, values[setting.name]),
            why.errors.get(setting.name),
            values[setting.name]
            if why.stale and asked.get(setting.name, values[setting.name]) != values[setting.name]
            else None,
        )
        for setting in SETTINGS
    ]


def changes(posted: Mapping[str, str]) -> dict[str, Any]:
    """What the form asks for; a setting it does not mention stays as it is."""
    return {s.name: _value(s, posted[s.name]) for s in SETTINGS if s.name in posted}


def save(posted: Mapping[str, str], actor: str, now: dt.datetime) -> list[int]:
    """Store what was typed if the page was up to date and every value is right.

    Returns the ids of the changes recorded. Raises NotSaved; then nothing is stored.
    """
    asked = changes(posted)
    errors = {name: error for name, value in asked.items() if (error := _error(name, value))}
    with database.session_scope() as session:
        settings.lock(session)
        current = settings.read(session)
        stale = posted.get("version") != shapes.etag(current)
        if errors or stale:
            raise NotSaved(errors, stale)
        try:
            recorded = settings.update(session, asked, actor=actor, now=now)
        except SettingsError as error:
            raise NotSaved({error.field or "": str(error)}) from None
        session.flush()
        return [change.id for change in recorded]


def _error(name: str, value: Any) -> str | None:
    try:
        settings.BY_NAME[name].parse(value)
    except ValueError as error:
        return str(error)
    return None


def _typed(setting: Setting, value: Any) -> Any:
    return "\n".join(value) if setting.type == "addresses" else value


def _typed_again(setting: Setting, posted: Mapping[str, str], stored: Any) -> Any:
    if setting.name not in posted:
        return _typed(setting, stored)
    text = posted[setting.name]
    return text == "on" if setting.type == "switch" else text


def _value(setting: Setting, text: str) -> Any:
    if setting.type == "switch":
        return text == "on"
    if setting.type == "addresses":
        # Addresses are pasted with commas as often as one a line.
        return [part.strip() for part in re.split(r"[\n,;]", text) if part.strip()]
    if setting.type == "number" and re.fullmatch(r"-?[0-9]{1,9}", text.strip()):
        return int(text)
    return text
