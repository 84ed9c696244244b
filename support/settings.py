"""Support Operations' settings: what an admin can change while everything runs.

One table, `SETTINGS`, says for each its name, type, default and help; reading, checking, the
page, the API and the documents are all made from it or checked against it.
"""

from __future__ import annotations

import datetime as dt
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from support import audit, database
from support.errors import SettingsError
from support.models import Channel, SettingChange, StoredSetting

MAX_TEXT = 500
MAX_ADDRESSES = 50
LIMITS = "Limits"
PRIVACY = "Privacy"


@dataclass(frozen=True)
class Setting:
    """One setting. parse: checks and normalises a new value, or raises ValueError with why.

    group: the heading it stands under. range: the least and the greatest of a number. unit: what a
    number counts.
    """

    name: str
    type: str
    default: Any
    label: str
    help: str
    parse: Callable[[Any], Any]
    group: str = "Handoff"
    range: tuple[int, int] | None = None
    unit: str = ""


@dataclass(frozen=True)
class Settings:
    """The settings in force at one moment. Times to keep something are in days; 0: for ever."""

    enabled: bool
    agent_emails: tuple[str, ...]
    response_time: str
    alternative_contact: str
    phone_region: str
    sender_name: str
    alert_emails: tuple[str, ...]
    daily_test: bool
    messages_per_minute: int
    requests_per_conversation: int
    requests_per_client: int
    mails_per_hour: int
    keep_ended_days: int
    keep_open_days: int
    keep_conversations_days: int
    keep_audit_days: int


def _brief(value: Any) -> str:
    """A value as an error quotes it: it may be as long, or as deep, as a body can be."""
    quoted = reprlib.Repr()
    quoted.maxstring = quoted.maxother = quoted.maxlong = 80
    return quoted.repr(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{_brief(value)} is neither true nor false.")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_brief(value)} is not text.")
    cleaned = " ".join(value.split())
    if len(cleaned) > MAX_TEXT:
        raise ValueError(f"It has {len(cleaned)} characters; at most {MAX_TEXT} are possible.")
    if not cleaned.isprintable():
        raise ValueError("It holds control characters; remove them.")
    return cleaned


def _sentence_part(value: Any) -> str:
    text = _text(value)
    if not text:
        raise ValueError("It is empty; say it as in 'within one working day'.")
    return text


def _addresses(value: Any) -> list[str]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
        raise ValueError(f"{_brief(value)} is not a list of e-mail addresses.")
    if len(value) > MAX_ADDRESSES:
        raise ValueError(f"There are {len(value)} addresses; at most {MAX_ADDRESSES} are possible.")
    found: dict[str, str] = {}
    for text in value:
        try:
            # Whether the domain exists is the mail server's to say; no look-up while saving.
            checked = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            raise ValueError(f"{_brief(text)} is not an e-mail address: {error}") from None
        found.setdefault(checked.normalized.lower(), checked.normalized)
    return list(found.values())


def _region(value: Any) -> str:
    code = value.strip().upper() if isinstance(value, str) else None
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{_brief(value)} is not a two-letter country code such as US, DE or IN.")
    return code


def _number(least: int, greatest: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{_brief(value)} is not a whole number.")
        if not least <= value <= greatest:
            raise ValueError(f"{_brief(value)} is not from {least} to {greatest}.")
        return value

    return parse


def _count(
    name: str, default: int, least: int, greatest: int, unit: str, group: str, label: str, help: str
) -> Setting:
    parse, within = _number(least, greatest), (least, greatest)
    return Setting(name, "number", default, label, help, parse, group, within, unit)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "enabled",
        "switch",
        False,
        "Support Operations",
        "On: visitors who ask for a person can leave a request. Off: they are told so and read "
        "the other ways to reach the team. Needs at least one team address or channel.",
        _switch,
    ),
    Setting(
        "agent_emails",
        "addresses",
        (),
        "Team's e-mail addresses",
        "Who gets the requests. Each address gets its own copy.",
        _addresses,
    ),
    Setting(
        "response_time",
        "text",
        "within one working day",
        "Reply time",
        "Completes the sentence 'Someone will get back to you …'.",
        _sentence_part,
    ),
    Setting(
        "alternative_contact",
        "text",
        "",
        "Other ways to reach the team",
        "Shown when a request cannot be passed on, such as: call +1 202 555 0123 or write to "
        "help@example.org.",
        _text,
    ),
    Setting(
        "phone_region",
        "country",
        "US",
        "Country for phone numbers",
        "How a number without a country code is read: a two-letter code such as US, DE or IN.",
        _region,
    ),
    Setting(
        "sender_name",
        "text",
        "",
        "Sender's name in mails",
        "The name the team sees as the sender. Empty: the one in MAIL_FROM on the server.",
        _text,
        "Mail",
    ),
    Setting(
        "alert_emails",
        "addresses",
        (),
        "Who is told when something is wrong",
        "Gets a mail when requests cannot be delivered, first at once, then once an hour. Better "
        "somebody with a mailbox elsewhere, and a channel for alerts besides.",
        _addresses,
        "Alerts",
    ),
    Setting(
        "daily_test",
        "switch",
        False,
        "A test mail a day",
        "On: each address for alerts gets one mail a day that says that mail works. The day it "
        "does not come, it does not.",
        _switch,
        "Alerts",
    ),
    _count(
        "messages_per_minute",
        30,
        5,
        600,
        "messages",
        LIMITS,
        "Messages a minute in one conversation",
        "Who writes faster is asked to wait a moment.",
    ),
    _count(
        "requests_per_conversation",
        5,
        1,
        100,
        "requests",
        LIMITS,
        "Requests a day from one conversation",
        "Who has sent as many is told so, with the other ways to reach the team.",
    ),
    _count(
        "requests_per_client",
        20,
        1,
        100_000,
        "requests",
        LIMITS,
        "Requests a day from one network or e-mail address",
        "Everybody behind one office's internet connection shares its network address.",
    ),
    _count(
        "mails_per_hour",
        100,
        1,
        10_000,
        "messages",
        LIMITS,
        "Messages an hour to one address or channel of the team",
        "What is more is stored at once, and sent when the hour allows.",
    ),
    _count(
        "keep_ended_days",
        365,
        0,
        3650,
        "days",
        PRIVACY,
        "Keep requests that are closed, answered or cancelled",
        "Counted from that moment. Then the request, its transcript and its messages are deleted. "
        "0: for ever.",
    ),
    _count(
        "keep_open_days",
        730,
        0,
        3650,
        "days",
        PRIVACY,
        "Keep requests that nobody has ended",
        "Counted from the day they came. 0: for ever.",
    ),
    _count(
        "keep_conversations_days",
        90,
        0,
        3650,
        "days",
        PRIVACY,
        "Keep conversations with the assistant",
        "Counted from the last message. 0: for ever.",
    ),
    _count(
        "keep_audit_days",
        730,
        0,
        3650,
        "days",
        PRIVACY,
        "Keep the record of who did what",
        "Counted from each entry. 0: for ever.",
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


DEFAULTS = Settings(**{setting.name: setting.default for setting in SETTINGS})


def current() -> Settings:
    """The settings in force, read in a transaction of their own."""
    with database.read_scope() as session:
        return read(session)


def read(session: Session) -> Settings:
    """The settings in force, defaults included."""
    rows = session.execute(select(StoredSetting.name, StoredSetting.value))
    stored = {row.name: row.value for row in rows}
    values: dict[str, Any] = {s.name: stored.get(s.name, s.default) for s in SETTINGS}
    for name in ("agent_emails", "alert_emails"):
        values[name] = tuple(values[name])
    return Settings(**values)


def lock(session: Session) -> None:
    """Let nobody else change a setting before this transaction ends."""
    database.lock(session, StoredSetting.__tablename__)


def update(
    session: Session, changes: Mapping[str, Any], *, actor: str, now: dt.datetime
) -> list[SettingChange]:
    """Check all changes, then store them and record each with who, when, from what, to what.

    Two who change at once wait for each other; `lock` makes what was read before count as well.
    Returns the changes that changed something. Raises SettingsError for the first value refused;
    then nothing is stored.
    """
    lock(session)
    before = _as_json(read(session))
    after = {**before, **{name: _parsed(name, value) for name, value in changes.items()}}
    if after["enabled"] and not after["agent_emails"] and not _has_channel(session):
        raise SettingsError(
            "Support Operations needs at least one team address, or a channel for requests, before "
            "it can be switched on.",
            "agent_emails",
        )
    recorded = [
        SettingChange(at=now, actor=actor, name=name, old=before[name], new=after[name])
        for name in BY_NAME
        if after[name] != before[name]
    ]
    for change in recorded:
        session.merge(StoredSetting(name=change.name, value=change.new))
    session.add_all(recorded)
    for change in recorded:
        detail = {"old": change.old, "new": change.new}
        audit.record(session, actor, "settings.changed", change.name, now, detail)
    return recorded


def can_tell(session: Session) -> bool:
    """Whether anybody would be told of a request: an address of the team, or a channel."""
    return bool(read(session).agent_emails) or _has_channel(session)


def history(session: Session, limit: int = 50, before: int | None = None) -> list[SettingChange]:
    """The newest changes, newest first; before: the id to go on from."""
    newest = select(SettingChange).order_by(SettingChange.id.desc()).limit(limit)
    if before is not None:
        newest = newest.where(SettingChange.id < before)
    return list(session.scalars(newest))


def _has_channel(session: Session) -> bool:
    # Locked, so that it is not deleted by somebody else before this transaction ends.
    ways = select(Channel.id).where(Channel.enabled.is_(True), Channel.for_requests.is_(True))
    return bool(session.scalars(ways.with_for_update()).all())


def _parsed(name: str, value: Any) -> Any:
    setting = BY_NAME.get(name)
    if setting is None:
        raise SettingsError(
            f"There is no setting {_brief(name)}; the settings are {', '.join(BY_NAME)}.", name
        )
    try:
        return setting.parse(value)
    except ValueError as error:
        raise SettingsError(str(error), name) from None


def _as_json(settings: Settings) -> dict[str, Any]:
    return {n: list(v) if isinstance(v, tuple) else v for n, v in vars(settings).items()}
