"""Support Operations' settings: checked, stored, and each change remembered."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from support import database, settings
from support.config import Config
from support.errors import SettingsError
from support.models import SettingChange
from support.settings import BY_NAME, DEFAULTS, MAX_ADDRESSES, MAX_TEXT, SETTINGS

pytestmark = pytest.mark.usefixtures("db")
NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)


def change(**changes: Any) -> list[SettingChange]:
    """Ann changes settings."""
    with database.session_scope() as session:
        return settings.update(session, changes, actor="Ann", now=NOON)


def history() -> list[tuple[str, Any, Any]]:
    """Name, old and new of every change, newest first."""
    with database.read_scope() as session:
        return [(row.name, row.old, row.new) for row in settings.history(session)]


def test_is_switched_off_at_first() -> None:
    assert settings.current() == DEFAULTS
    assert not DEFAULTS.enabled


def test_describes_every_setting_once() -> None:
    assert set(BY_NAME) == set(vars(DEFAULTS))
    assert len(BY_NAME) == len(SETTINGS)
    assert all(setting.label and setting.help for setting in SETTINGS)


def test_stores_what_was_changed_and_keeps_the_rest(db: Config) -> None:
    change(enabled=True, agent_emails=["team@example.org"], phone_region="de")
    expected = replace(
        DEFAULTS, enabled=True, agent_emails=("team@example.org",), phone_region="DE"
    )
    assert settings.current() == expected
    change(enabled=False)
    database.disconnect()
    database.connect(db.database_url)
    assert settings.current() == replace(expected, enabled=False)


def test_records_who_changed_what_when() -> None:
    change(response_time="by noon")
    (made,) = change(response_time="by ten", alternative_contact="")
    assert (made.actor, made.at) == ("Ann", NOON)
    assert history() == [
        ("response_time", "by noon", "by ten"),
        ("response_time", "within one working day", "by noon"),
    ]


def test_records_nothing_when_nothing_changes() -> None:
    assert change(enabled=False, phone_region=" us ", agent_emails=[]) == []
    assert history() == []


def test_shows_only_as_much_history_as_asked_for() -> None:
    for text in ("one", "two", "three"):
        change(response_time=text)
    with database.read_scope() as session:
        assert [row.new for row in settings.history(session, 2)] == ["three", "two"]


@pytest.mark.parametrize("addresses", [[], None])
def test_refuses_to_switch_on_without_an_address(addresses: list[str] | None) -> None:
    changes = {"enabled": True} if addresses is None else {"enabled": True, "agent_emails": []}
    with pytest.raises(SettingsError, match="at least one team address") as refused:
        change(**changes)
    assert refused.value.field == "agent_emails"
    assert not settings.current().enabled


def test_refuses_to_lose_the_last_address_while_switched_on() -> None:
    change(enabled=True, agent_emails=["team@example.org"])
    with pytest.raises(SettingsError, match="at least one team address"):
        change(agent_emails=[])
    assert settings.current().agent_emails == ("team@example.org",)


def test_stores_nothing_when_one_of_several_changes_is_refused() -> None:
    with pytest.raises(SettingsError):
        change(response_time="by noon", phone_region="Atlantis")
    assert settings.current() == DEFAULTS
    assert history() == []


@pytest.mark.parametrize(
    "name, value, stored",
    [
        ("agent_emails", [" Team@Example.ORG ", "team@example.org"], ("Team@example.org",)),
        ("agent_emails", ("a@example.org", "b@example.org"), ("a@example.org", "b@example.org")),
        ("agent_emails", ["team@bücher.de"], ("team@bücher.de",)),
        ("response_time", "  by\nnoon ", "by noon"),
        ("response_time", "x" * MAX_TEXT, "x" * MAX_TEXT),
        ("alternative_contact", "", ""),
        ("alternative_contact", "call +1 202 555 0199 – or ☎", "call +1 202 555 0199 – or ☎"),
        ("phone_region", " in ", "IN"),
    ],
)
def test_normalises_what_it_takes(name: str, value: Any, stored: Any) -> None:
    change(**{name: value})
    assert getattr(settings.current(), name) == stored


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("enabled", "yes", "'yes' is neither true nor false"),
        ("enabled", 1, "1 is neither true nor false"),
        ("enabled", None, "None is neither true nor false"),
        ("agent_emails", "team@example.org", "is not a list"),
        ("agent_emails", [1], "is not a list"),
        ("agent_emails", ["team"], "'team' is not an e-mail address"),
        ("agent_emails", [""], "'' is not an e-mail address"),
        ("agent_emails", ["Team <team@example.org>"], "is not an e-mail address"),
        ("agent_emails", ["a@example.org\nBcc: b@example.org"], "is not an e-mail address"),
        ("agent_emails", ["почта@example.org"], "is not an e-mail address"),
        ("agent_emails", [f"a{n}@example.org" for n in range(MAX_ADDRESSES + 1)], "at most 50"),
        ("response_time", " ", "It is empty"),
        ("response_time", 5, "5 is not text"),
        ("response_time", "x" * (MAX_TEXT + 1), "501 characters; at most 500"),
        ("response_time", "by \x00 noon", "control characters"),
        ("alternative_contact", None, "None is not text"),
        ("phone_region", "Atlantis", "'Atlantis' is not a two-letter country code"),
        ("phone_region", "", "'' is not a two-letter country code"),
        ("phone_region", ["US"], "is not a two-letter country code"),
        ("phone_region", None, "None is not a two-letter country code"),
        ("colour", "red", "There is no setting 'colour'; the settings are enabled, "),
    ],
)
def test_refuses_a_value_with_its_reason(name: str, value: Any, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as refused:
        change(**{name: value})
    assert refused.value.field == name
    assert settings.current() == DEFAULTS


def test_takes_numbers_from_the_least_to_the_greatest() -> None:
    for setting in SETTINGS:
        if setting.range:
            for number in setting.range:
                change(**{setting.name: number})
                assert getattr(settings.current(), setting.name) == number


@pytest.mark.parametrize("number", [4, 601, -1, "30", 30.0, True, None, [30]])
def test_refuses_other_numbers_and_says_why(number: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        change(messages_per_minute=number)
    assert refused.value.field == "messages_per_minute"
    assert str(number) in str(refused.value)
    assert settings.current() == DEFAULTS
