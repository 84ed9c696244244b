"""What a request is found by, and what a query asks for."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update

from support import database, followups, search
from support.inbox import Wanted, find
from support.models import Delivery, Request, RequestEvent, RequestStatus
from tests.stored import NOON, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def ann(db: object) -> int:
    """Ann's request, among others."""
    switch_on()
    submit(handoff_id="b", name="Bob Brown", email="bob@example.net", phone=None, reason="hello")
    return submit(
        handoff_id="a",
        name="Zoë Ødegård-Müller",
        email="zoe.oe@shop.example.org",
        phone="+49 170 1234567",
        reason="Mein Paket (Nr. 0012345) kam nie; wo ist die Straße?",
    )


def found(words: str) -> list[str]:
    """The names of those found."""
    with database.read_scope() as session:
        return [row.name.split()[0] for row in find(session, Wanted(words=words), 10)]


@pytest.mark.parametrize(
    "words",
    [
        "zoe", "ZOË", "Zoe", "zo", "degar", "ODEGARD", "muller", "müll zoë", "oe",
        "zoe.oe@shop.example.org", "ZOE.OE@SHOP", "shop.example.org", "shop",
        "+49 170 1234567", "0170 1234567", "0049 170 123 45 67", "(0170) 123-4567", "1234567",
        "4567", "170123", "+491701234567",
        "paket", "pak", "straße", "strasse", "nr 0012345", "0012345", "nie wo", "kam zoe shop",
    ],
)  # fmt: skip
def test_finds_by_the_beginnings_of_words_without_case_and_accents(words: str) -> None:
    expected = [] if words == "degar" else ["Zoë"]
    assert found(words) == expected


@pytest.mark.parametrize(
    "words",
    ["zoe bob", "aket", "zoe.oe@shop.example.com", "99999", "z", "is:new", "by:41", "!!!", "“”",
     "*", '"', "NEAR(a b)", "paket NOT zoe", "words:zoe", "'; drop table requests; --",
     "\x00", "\ud83d"],
)  # fmt: skip
def test_finds_nothing_that_is_not_there(words: str) -> None:
    assert found(words) == []


def test_finds_every_request_when_nothing_is_looked_for() -> None:
    assert found("") == found("   ") == ["Zoë", "Bob"]


def test_finds_by_the_reference_however_it_is_typed(ann: int) -> None:
    with database.read_scope() as session:
        reference = session.get(Request, ann).reference
    for typed in (reference, reference.lower(), reference[2:], reference[:5], f"R {reference[2:]}"):
        assert found(typed) == ["Zoë"]


def test_finds_chinese_by_its_letters() -> None:
    submit(handoff_id="c", name="李小龙", reason="我的包裹在哪里")
    assert found("包裹") == found("小龙") == ["李小龙"]


def test_finds_by_the_new_answer_and_no_more_by_the_old(ann: int) -> None:
    followups.correct(ann, {"name": "Zelda", "email": "zelda@example.org"}, NOON)
    assert found("zelda") == ["Zelda"]
    assert found("odegard") == found("zoe.oe") == []


@pytest.mark.parametrize("times", [1, 3])
def test_forgets_what_was_erased(ann: int, times: int) -> None:
    for _ in range(times):
        with database.session_scope() as session:
            for table in (Delivery, RequestEvent):
                session.execute(delete(table).where(table.request_id == ann))
            session.execute(delete(Request).where(Request.id == ann))
    assert found("zoe") == []
    assert found("bob") == ["Bob"]


def terms_kept() -> set[str]:
    """The words that SQLite's index holds, deleted ones included."""
    with database.session_scope() as session:
        session.execute(
            text("CREATE VIRTUAL TABLE IF NOT EXISTS kept USING fts5vocab(requests_search, 'row')")
        )
        return set(session.scalars(text("SELECT term FROM kept")))


def test_sweeps_the_words_of_what_was_erased_out_of_the_index(ann: int) -> None:
    with database.session_scope() as session:
        for table in (Delivery, RequestEvent):
            session.execute(delete(table).where(table.request_id == ann))
        session.execute(delete(Request).where(Request.id == ann))
    search.sweep()
    assert not {"zoe", "odegard", "491701234567"} & terms_kept()
    with database.read_scope() as session:
        blocks = session.scalars(text("SELECT block FROM requests_search_data")).all()
    assert not any(b"odegar" in block for block in blocks)
    assert found("bob") == ["Bob"]


def test_keeps_the_index_right_when_many_are_changed_at_once() -> None:
    with database.session_scope() as session:
        session.execute(update(Request).values(status=RequestStatus.CLOSED, taken_by="Carla"))
        ids = list(session.scalars(select(Request.id)))
    with database.read_scope() as session:
        closed = Wanted(words="zoe", statuses=(RequestStatus.CLOSED,), taken_by="Carla")
        still_new = Wanted(words="zoe", statuses=(RequestStatus.NEW,))
        assert len(find(session, closed, 10)) == 1
        assert find(session, still_new, 10) == []
        assert len(ids) == 2
        session.execute(
            text(
                "INSERT INTO requests_search (requests_search, rank) VALUES ('integrity-check', 0)"
            )
        )


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("Ann  Lee", [("ann",), ("lee",)]),
        ("a@b.org, x", [("a@b.org",), ("x",)]),
        ("0170 1234567", [("01701234567", "1701234567")]),
        ("12 34", [("12",), ("34",)]),
        ("order 007", [("007", "7"), ("order",)]),
        ("a a a", [("a",)]),
        (" ".join(map(chr, range(97, 123))), [(chr(c),) for c in range(97, 97 + search.MAX_TERMS)]),
        ("", []),
    ],
)
def test_reads_a_query(query: str, terms: list[search.Term]) -> None:
    assert search.query_terms(query) == terms


def test_makes_words_of_half_characters_and_endless_ones() -> None:
    words = search.words_of("R-7KQ9M", "\ud83d", "x" * 500, "12", "ﬁne ℡ É")
    assert words == f"r 7kq9m {'x' * search.TERM_LENGTH} 12 fine tel e"


@pytest.mark.parametrize("reference", ["R-HQ43N", "R-74DWP", "R-FHD99", "R-4K934", "R-44773"])
def test_finds_a_reference_whatever_digits_are_in_it(reference: str) -> None:
    words = search.terms(reference)
    assert sorted(search.query_terms(reference)) == sorted((word,) for word in words)
