"""A database full of made-up requests: the same ones for the same seed, a million in minutes."""

from __future__ import annotations

import datetime as dt
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support import config, database
from support.config import Config
from support.requests import REFERENCE_LENGTH, REFERENCE_LETTERS
from support.search import words_of

SEED = 5055
BATCH = 20_000
WHILE_FILLING, USUALLY = 16 * 1024 * 1024, 1024 * 1024
LAST = dt.datetime(2026, 3, 1, 12, 0)
YEARS = 3


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _split(
    "Ann Bob Carla Dmitri Elif Fatima Grace Hugo Ines Jamal Kenji Lucía Maya Noah Olga Pádraig "
    "Quinn Rosa Søren Tariq Uma Viktor Wanda Xin Yara Zoë"
)
SYLLABLES = _split(
    "ba be bo da de do ka ke ko la le lo ma me mo na ne no ra re ro sa se so ta te to"
)
DOMAINS = (*("gmail.com",) * 5, *("outlook.com",) * 3, "example.org", "example.net", "uni.example")
# What people write about, the first words far oftener than the last.
SUBJECTS = _split(
    "order refund delivery account password invoice subscription address payment parcel "
    "voucher return warranty exchange colour size cancellation newsletter receipt customs "
    "gift courier pickup chargeback recall"
)
SENTENCES = (
    "my {0} never came and nobody answers",
    "I was charged twice for {0} {1}",
    "the {0} is not working since {2}",
    "please change the {0} of my {1}, number {3}",
    "question about {0} and {1}",
    "I need help with my {0}, it was promised for {2}",
)
DAYS = _split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
# Of all; the newest ones are the open ones.
OPEN = 0.01
AGENTS = tuple(f"agent{number}@example.org" for number in range(12))
RARE = "Zyxwvut"
# How many more ask and give up, to one that sends, and where.
GIVE_UP = 0.4
QUESTIONS = ("name", "email", "phone", "reason", "handoff_confirmed")


def configuration_for(file: Path) -> Config:
    """A configuration with this database, for a benchmark alone."""
    secrets = dict.fromkeys(("ADMIN_TOKEN", "INTERNAL_TOKEN", "SECRET_KEY"), "benchmark")
    return config.load({**secrets, "DATABASE_URL": f"sqlite:///{file}"})


def fill(file: Path, count: int) -> Config:
    """Make the database with `count` requests. The 1,000th before the last is of one RARE."""
    configuration = configuration_for(file)
    database.migrate(configuration)
    connection = sqlite3.connect(file)
    # Nothing is lost if this breaks, so nothing has to be on the disk before it is done.
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    _gather(connection, WHILE_FILLING)
    chance = random.Random(SEED)
    for first in range(1, count + 1, BATCH):
        numbers = range(first, min(first + BATCH, count + 1))
        _store(connection, [row for number in numbers for row in _rows(chance, number, count)])
        _store(connection, [row for number in numbers for row in _asks(chance, number, count)])
    _gather(connection, USUALLY)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return configuration


def _gather(connection: sqlite3.Connection, size: int) -> None:
    """Let the index of words be written this many bytes at a time."""
    with connection:
        connection.execute(
            "INSERT INTO requests_search (requests_search, rank) VALUES ('hashsize', ?)", (size,)
        )


def _store(connection: sqlite3.Connection, rows: list[tuple[str, dict[str, Any]]]) -> None:
    with connection:
        for table in dict.fromkeys(name for name, _ in rows):
            values = [row for name, row in rows if name == table]
            columns = list(values[0])
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)})"
                f" VALUES ({', '.join(':' + column for column in columns)})",
                values,
            )


def _rows(chance: random.Random, number: int, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """A request with its history, and one delivery with its attempt."""
    at = _moment(number, count)
    name, email, phone = _visitor(chance)
    if number == count - 1000:
        name = f"Rosa {RARE}"
    reason = _reason(chance)
    named = reference(number)
    status, taken_by = _standing(chance, number, count)
    taken_at = at + dt.timedelta(minutes=chance.expovariate(1 / 90)) if taken_by else None
    yield (
        "requests",
        {
            "id": number,
            "reference": named,
            "handoff_id": f"form-{number}",
            "conversation_id": f"conversation-{number}",
            "created_at": _stored(at),
            "changed_at": _stored(taken_at or at),
            "status": status,
            "name": name,
            "email": email,
            "phone": phone,
            "reason": reason,
            "channel": chance.choice(("socketio", "rest")),
            "page_url": "https://shop.example.org/orders",
            "transcript": json.dumps(_transcript(at, name, email, reason)),
            "unverified": "[]",
            "taken_by": taken_by,
            "taken_at": taken_at and _stored(taken_at),
            "ended_at": _stored(at) if status in ("closed", "cancelled", "answered") else None,
            "words": words_of(named, name, email, phone, reason),
        },
    )
    yield "request_events", _event(number, at, "created", "visitor")
    failed = chance.random() < 0.005
    yield (
        "deliveries",
        {
            "id": f"{number:032x}",
            "request_id": number,
            "event_id": number,
            "channel": "email",
            "target": "team@example.org",
            "status": "failed" if failed else "sent",
            "created_at": _stored(at),
            "due_at": _stored(at),
        },
    )
    yield (
        "attempts",
        {
            "delivery_id": f"{number:032x}",
            "at": _stored(at),
            "accepted": not failed,
            "answer": "550 no such mailbox" if failed else "250 Ok: queued",
        },
    )


def _asks(chance: random.Random, number: int, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The way through the form to a request, and that of somebody who gave up."""
    at = _moment(number, count)
    ends = [("sent", "handoff_confirmed")]
    if chance.random() < GIVE_UP:
        ends.append((chance.choice(("stopped", "left")), chance.choice(QUESTIONS)))
    for outcome, question in ends:
        yield (
            "handoffs",
            {
                "id": f"form-{number}-{outcome}",
                "conversation_id": f"conversation-{number}",
                "started_at": _stored(at),
                "changed_at": _stored(at),
                "question": question,
                "outcome": outcome,
            },
        )


def _moment(number: int, count: int) -> dt.datetime:
    return LAST - dt.timedelta(days=365 * YEARS) * (1 - number / count)


def _visitor(chance: random.Random) -> tuple[str, str, str]:
    first = chance.choice(FIRST_NAMES)
    last = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).capitalize()
    email = f"{first}.{last}{chance.randrange(100)}@{chance.choice(DOMAINS)}".lower()
    return f"{first} {last}", email, f"+1 {chance.randrange(2_012_000_000, 9_899_999_999)}"


def _reason(chance: random.Random) -> str:
    def subject() -> str:
        return SUBJECTS[min(int(chance.paretovariate(0.8)) - 1, len(SUBJECTS) - 1)]

    number = chance.randrange(10_000, 10_000_000)
    sentence = chance.choice(SENTENCES)
    return sentence.format(subject(), subject(), chance.choice(DAYS), number)


def _standing(chance: random.Random, number: int, count: int) -> tuple[str, str | None]:
    if number > count * (1 - OPEN):
        taken = chance.random() < 0.3
        return ("taken", chance.choice(AGENTS)) if taken else ("new", None)
    if chance.random() < 0.05:
        return "cancelled", None
    return chance.choice(("answered", "closed")), chance.choice(AGENTS)


def reference(number: int) -> str:
    """The reference of the request with this number."""
    letters = ""
    for _ in range(REFERENCE_LENGTH):
        number, letter = divmod(number, len(REFERENCE_LETTERS))
        letters = REFERENCE_LETTERS[letter] + letters
    return f"R-{letters}"


def _transcript(at: dt.datetime, name: str, email: str, reason: str) -> list[dict[str, Any]]:
    said = [
        ("assistant", "Hello! How can I help?"),
        ("visitor", "can I talk to a person"),
        ("assistant", "I'll pass this on to our team. What's your name?"),
        ("visitor", name),
        ("assistant", "Which e-mail address can they reach you at?"),
        ("visitor", email),
        ("assistant", "What is it about?"),
        ("visitor", reason),
        ("assistant", "Shall I send it?"),
        ("visitor", "yes"),
    ]
    begin = at.replace(tzinfo=dt.timezone.utc).timestamp() - 10 * len(said)
    return [{"at": begin + 10 * n, "who": who, "text": text} for n, (who, text) in enumerate(said)]


def _event(number: int, at: dt.datetime, kind: str, actor: str) -> dict[str, Any]:
    return {
        "id": number,
        "request_id": number,
        "at": _stored(at),
        "actor": actor,
        "kind": kind,
        "detail": "{}",
    }


def _stored(at: dt.datetime) -> str:
    return at.isoformat(sep=" ", timespec="microseconds")
