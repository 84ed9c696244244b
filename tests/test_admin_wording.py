"""How stored values read, and the names of countries."""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest

from admin import countries, wording


def test_names_every_country_whose_numbers_can_be_read() -> None:
    names = countries.names()
    assert set(names) == set(phonenumbers.SUPPORTED_REGIONS)
    assert [code for code, name in names.items() if name == code] == []


def test_sorts_countries_by_name() -> None:
    names = [name for name in countries.names().values() if name.isascii()]
    assert names == sorted(names)
    assert next(iter(countries.names().values())) == "Afghanistan"


def test_names_a_country_it_does_not_know_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phonenumbers, "SUPPORTED_REGIONS", {"DE", "QQ"})
    assert countries.names.__wrapped__() == {"DE": "Germany", "QQ": "QQ"}


@pytest.mark.parametrize(
    "value, name, words",
    [
        (True, "enabled", "on"),
        (False, "enabled", "off"),
        (["a@x.org", "b@x.org"], "agent_emails", "a@x.org, b@x.org"),
        ([], "agent_emails", "none"),
        ("today", "response_time", "“today”"),
        ("", "alternative_contact", "empty"),
        ("IN", "phone_region", "India (IN)"),
        ("QQ", "phone_region", "QQ (QQ)"),
        ("old", "a_setting_of_an_older_release", "“old”"),
    ],
)
def test_shows_values_in_words(value: Any, name: str, words: str) -> None:
    assert wording.shown(value, name) == words


def test_labels_a_setting_it_does_not_know_by_its_name() -> None:
    assert wording.label("enabled") == "Support Operations"
    assert wording.label("older") == "older"


@pytest.mark.parametrize(
    "statuses, tone, words",
    [
        ([], "bad", "Nobody to send to"),
        (["queued"], "wait", "Waiting"),
        (["sending", "queued"], "wait", "Waiting"),
        (["sent", "sent"], "good", "Sent"),
        (["sent", "queued"], "wait", "Sent to 1 of 2"),
        (["sent", "failed"], "bad", "Sent to 1 of 2"),
        (["queued", "failed"], "bad", "Waiting"),
        (["failed"], "bad", "Not delivered"),
    ],
)
def test_sums_up_deliveries(statuses: list[str], tone: str, words: str) -> None:
    assert wording.delivered([{"status": status} for status in statuses]) == (tone, words)


@pytest.mark.parametrize("status, attempts, tone", [("queued", [], "wait"), ("queued", [1], "bad")])
def test_tells_a_first_attempt_from_a_repeated_one(
    status: str, attempts: list[int], tone: str
) -> None:
    assert wording.stands({"status": status, "attempts": attempts})[0] == tone


@pytest.mark.parametrize("iso", ["2026-03-01T09:05:07Z", "2026-03-01T09:05:07+00:00"])
def test_writes_a_moment_as_people_do(iso: str) -> None:
    assert wording.moment(iso) == "1 Mar 2026, 09:05 UTC"
