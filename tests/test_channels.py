"""Channels: what makes one, what is refused, who gets requests, and what ends with one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from support import channels, database, delivery, followups, outbox, senders, settings, targets
from support.config import Config
from support.errors import ChannelError, DeliveryError, SettingsError
from support.guard import Guard
from support.models import AuditEntry, Channel, Delivery, DeliveryStatus
from support.notifications.message import Message
from support.targets import Target
from tests.http_server import serving
from tests.stored import ANN, NOON, submit, switch_on

SLACK = "https://hooks.slack.com/services/T000/B000/abcdefghijklmnop"
KEY = "a long enough key"
ACTOR = "Bob"


def make(kind: str = "slack", **given: Any) -> str:
    """A channel, stored; its id."""
    address = {"url": SLACK} if kind == "slack" else {"url": SLACK, "signing_key": KEY}
    values = channels.checked({"kind": kind, "name": "#support", "address": address, **given}, HERE)
    with database.session_scope() as session:
        return str(channels.create(session, values, ACTOR, NOON).id)


def change(channel_id: str, **given: Any) -> None:
    """Change a channel."""
    with database.session_scope() as session:
        channel = session.get(Channel, channel_id)
        channels.change(session, channel, channels.checked(given, HERE, channel), ACTOR, NOON)


def delete(channel_id: str) -> None:
    """Delete a channel."""
    with database.session_scope() as session:
        channels.delete(session, session.get(Channel, channel_id), ACTOR, NOON)


def stored(channel_id: str) -> Channel:
    """As it is now."""
    with database.read_scope() as session:
        return session.get(Channel, channel_id)


def told() -> list[Target]:
    """Who gets requests."""
    with database.read_scope() as session:
        return targets.of_team(session)


HERE = Guard(["127.0.0.0/8", "crm.internal"])

# Making one


@pytest.mark.usefixtures("db")
def test_is_made_switched_on_and_for_requests() -> None:
    channel = stored(make())
    assert (channel.enabled, channel.for_requests, channel.for_alerts) == (True, True, False)
    assert channel.address == {"url": SLACK}


@pytest.mark.parametrize(
    "given, field",
    [
        ({}, "kind"),
        ({"kind": "fax"}, "kind"),
        ({"kind": ["slack"]}, "kind"),
        ({"kind": "slack"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 7}, "name"),
        ({"address": None}, "address"),
        ({"address": SLACK}, "address"),
        ({"address": {"url": SLACK, "token": "x"}}, "address"),
        ({"address": {}}, "url"),
        ({"address": {"url": ""}}, "url"),
        ({"address": {"url": 7}}, "url"),
        ({"address": {"url": "hooks.slack.com/x"}}, "url"),
        ({"address": {"url": "ftp://hooks.slack.com/x"}}, "url"),
        ({"address": {"url": "http://hooks.slack.com/x"}}, "url"),
        ({"address": {"url": "https://ann:secret@hooks.slack.com/x"}}, "url"),
        ({"address": {"url": "https://x.example/" + "x" * 2000}}, "url"),
        ({"enabled": 1}, "enabled"),
        ({"for_requests": "yes"}, "for_requests"),
        ({"id": "mine"}, "id"),
    ],
)
def test_refuses_what_is_no_channel(given: dict[str, Any], field: str) -> None:
    right = {"kind": "slack", "name": "#support", "address": {"url": SLACK}}
    whole = given if "kind" in given or not given else {**right, **given}
    with pytest.raises(ChannelError) as refused:
        channels.checked(whole, HERE)
    assert refused.value.field == field
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("key", ["", "short", "x" * 201, "fifteen letters\n!"])
def test_refuses_a_key_that_protects_nothing(key: str) -> None:
    address = {"url": "https://crm.example.org/hook", "signing_key": key}
    with pytest.raises(ChannelError) as refused:
        channels.checked({"kind": "webhook", "name": "CRM", "address": address}, HERE)
    assert refused.value.field == "signing_key"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "crm.internal"])
def test_takes_unencrypted_addresses_only_in_ones_own_network(host: str) -> None:
    given = {"kind": "slack", "name": "x", "address": {"url": f"http://{host}/hook"}}
    assert channels.checked(given, HERE)
    with pytest.raises(ChannelError, match="unencrypted"):
        channels.checked(given, Guard())


@pytest.mark.parametrize(
    "url, taken",
    [
        ("discord://123456789012345678/abcdefghijklmnopqrstuvwxyz", True),
        ("nonsense://secret", False),
        ("secret", False),
        # They tell this machine, and nobody of the team.
        ("syslog://secret", False),
        ("rsyslog://example.org/secret", False),
    ],
)
def test_asks_apprise_about_its_urls(url: str, taken: bool) -> None:
    given = {"kind": "apprise", "name": "x", "address": {"url": url}}
    if taken:
        assert channels.checked(given, HERE)["address"] == {"url": url}
        return
    with pytest.raises(ChannelError) as refused:
        channels.checked(given, HERE)
    assert refused.value.field == "url"
    assert "secret" not in str(refused.value)


@pytest.mark.usefixtures("db")
def test_allows_no_more_than_can_be_looked_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MAX_CHANNELS", 1)
    make()
    with pytest.raises(ChannelError, match="no more are possible"):
        make()


# What is shown


@pytest.mark.parametrize(
    "kind, url, hint",
    [
        ("slack", SLACK, "hooks.slack.com/…mnop"),
        ("webhook", "https://crm.example.org/x", "crm.example.org/…"),
        ("webhook", "https://crm.example.org:8443/hook?t=1234567890", "crm.example.org/…7890"),
        ("apprise", "tgram://123456789:abcdefg_hijklmnop/12315544/", "tgram://…544/"),
        ("apprise", "ntfy://topic", "ntfy://…"),
    ],
)
def test_shows_enough_to_recognise_an_address_and_too_little_to_use_it(
    kind: str, url: str, hint: str
) -> None:
    assert channels.hint(Channel(kind=kind, address={"url": url})) == hint


# Changing and deleting


@pytest.mark.usefixtures("db")
def test_keeps_the_parts_of_an_address_that_a_change_leaves_out() -> None:
    made = make("webhook")
    change(made, address={"url": "https://new.example.org/hook"})
    assert stored(made).address == {"url": "https://new.example.org/hook", "signing_key": KEY}
    change(made, name="CRM")
    assert stored(made).address["url"] == "https://new.example.org/hook"


@pytest.mark.usefixtures("db")
def test_never_changes_its_kind() -> None:
    with pytest.raises(ChannelError) as refused:
        change(make(), kind="webhook")
    assert refused.value.field == "kind"


@pytest.mark.usefixtures("db")
def test_records_who_did_what_without_the_address() -> None:
    made = make()
    change(made, name="#help", address={"url": SLACK + "x"})
    change(made, name="#help")
    delete(made)
    with database.read_scope() as session:
        rows = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(row.actor, row.action, row.object) for row in rows] == [
        (ACTOR, "channel.created", "#support"),
        (ACTOR, "channel.changed", "#help"),
        (ACTOR, "channel.deleted", "#help"),
    ]
    assert rows[1].detail == {"changed": ["address", "name"]}
    assert "hooks.slack.com" not in str([row.detail for row in rows])


# Who gets requests


@pytest.mark.usefixtures("db")
def test_gets_requests_beside_the_addresses() -> None:
    made = make()
    make(name="off", enabled=False)
    make(name="alerts", for_requests=False, for_alerts=True)
    switch_on("team@example.org")
    expected = [Target("email", "team@example.org"), Target("slack", made, "#support")]
    assert told() == expected
    submit()
    with database.read_scope() as session:
        rows = session.execute(select(Delivery.channel, Delivery.target, Delivery.label)).all()
    assert sorted(Target(*row).address for row in rows) == sorted(t.address for t in expected)
    assert ("slack", made, "#support") in [tuple(row) for row in rows]


@pytest.mark.usefixtures("db")
def test_is_enough_for_switching_on() -> None:
    with pytest.raises(SettingsError, match="at least one team address, or a channel"):
        turn("enabled", True)
    make(enabled=False)
    make(for_requests=False)
    with pytest.raises(SettingsError):
        turn("enabled", True)
    make()
    turn("enabled", True)


def turn(name: str, value: Any) -> None:
    """Change a setting."""
    with database.session_scope() as session:
        settings.update(session, {name: value}, actor=ACTOR, now=NOON)


@pytest.mark.usefixtures("db")
def test_cannot_go_while_it_is_the_only_way() -> None:
    made = make()
    turn("enabled", True)
    for attempt in (
        lambda: delete(made),
        lambda: change(made, enabled=False),
        lambda: change(made, for_requests=False),
    ):
        with pytest.raises(ChannelError, match="nobody would be told") as refused:
            attempt()
        assert refused.value.field is None
    assert stored(made).enabled
    turn("agent_emails", ["team@example.org"])
    delete(made)
    assert told() == [Target("email", "team@example.org")]


@pytest.mark.usefixtures("db")
def test_hears_of_a_request_that_it_was_told_of_when_nobody_else_is_left() -> None:
    made = make()
    turn("enabled", True)
    request = submit()
    turn("enabled", False)
    change(made, enabled=False)
    followups.cancel(request, NOON)
    with database.read_scope() as session:
        assert [(d.target, d.label) for d in session.scalars(select(Delivery))] == [
            (made, "#support")
        ] * 2


# Sending


def message(channel_id: str, **changes: Any) -> Message:
    """Ann's request on its way to a channel."""
    submit()
    with database.read_scope() as session:
        found = session.scalars(select(Delivery).where(Delivery.target == channel_id)).one()
        return Message.from_delivery(found)


def test_sends_through_the_address_as_it_is_now(db: Config) -> None:
    with serving() as server:
        made = make(address={"url": "https://old.example.org/"})
        turn("enabled", True)
        waiting = message(made)
        change(made, address={"url": f"http://{server.host}/services/new"})
        sender = senders.build(allowing(db, "127.0.0.1"))["slack"]
        assert sender.send(waiting) == "Slack answered 200: ok"
        assert server.received[0].path == "/services/new"


def allowing(config: Config, *allow: str) -> Config:
    """The configuration with more allowed."""
    return Config(**{**vars(config), "outgoing_allow": allow})


def test_calls_no_private_address_that_is_not_allowed(db: Config) -> None:
    with serving() as server:
        made = make(address={"url": f"http://{server.host}/x"})
        turn("enabled", True)
        waiting = message(made)
        with pytest.raises(DeliveryError, match="OUTGOING_ALLOW") as failed:
            senders.build(db)["slack"].send(waiting)
        assert failed.value.permanent
        assert server.received == []


@pytest.mark.parametrize("gone", ["deleted", "switched off"])
def test_ends_what_waits_for_a_channel_that_is_gone(db: Config, gone: str) -> None:
    made = make()
    switch_on("team@example.org")
    submit()
    delete(made) if gone == "deleted" else change(made, enabled=False)
    loop = delivery.DeliveryLoop(senders.build(db), lambda: NOON)
    for held in outbox.claim(NOON + dt.timedelta(seconds=1), 10):
        loop._attempt(held)
    with database.read_scope() as session:
        row = session.scalars(select(Delivery).where(Delivery.target == made)).one()
        assert row.status == DeliveryStatus.FAILED
        assert [a.answer for a in row.attempts] == [f"This channel has been {gone}."]
        assert row.label == "#support"


def test_has_a_sender_for_everything_that_requests_go_to(db: Config) -> None:
    assert set(senders.build(db)) == {"email", "slack", "webhook", "apprise"}


@pytest.mark.usefixtures("db")
def test_mails_in_the_name_that_the_settings_give() -> None:
    switch_on("team@example.org")
    turn("sender_name", "Shop, Support <x@y.example>")
    submit()
    with database.read_scope() as session:
        found = Message.from_delivery(session.scalars(select(Delivery)).one())
    assert found.sender_name == "Shop, Support <x@y.example>"
    assert found.name == ANN.name
