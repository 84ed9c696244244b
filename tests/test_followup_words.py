"""Words that steer the talk about a request: exact, or they are not believed."""

from __future__ import annotations

import pytest

from support.followup_words import Wish, leaves, reference_in, wish, yes_or_no


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Add something", Wish.ADD),
        ("I'd like to add something to my request, please", Wish.ADD),
        ("I forgot something", Wish.ADD),
        ("can I add a detail to my request", Wish.ADD),
        ("Correct my details", Wish.CORRECT),
        ("Correct my request", Wish.CORRECT),
        ("I want to change my details", Wish.CORRECT),
        ("change the details of my request", Wish.CORRECT),
        ("Cancel the request", Wish.CANCEL),
        ("please cancel", Wish.CANCEL),
        ("I want to cancel my request", Wish.CANCEL),
        ("Something else entirely", Wish.ANOTHER),
        ("it's about something else", Wish.ANOTHER),
        ("a new request", Wish.ANOTHER),
        ("I have a different question", Wish.ANOTHER),
        ("Never mind!", Wish.LEAVE),
        ("no thanks", Wish.LEAVE),
        ("Leave it as it is", Wish.LEAVE),
        ("ok", Wish.LEAVE),
        ("thank you", Wish.LEAVE),
        ("yes", None),
        ("cancel my order", None),
        ("don't cancel my request", None),
        ("add a chair to my order", None),
        ("Noah Cancel", None),
        ("my order number is 4711", None),
        ("", None),
        ("🙂", None),
        ("cancel " * 500, None),
    ],
)
def test_knows_a_wish_by_the_whole_message(text: str, meant: Wish | None) -> None:
    assert wish(text) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes, cancel it", True),
        ("Yes, add it", True),
        ("yes please", True),
        ("ok do it", True),
        ("No", False),
        ("No, keep it", False),
        ("no, don't cancel it", False),
        ("No. Cancel it", False),
        ("keep my request", False),
        ("yes and no", None),
        ("perhaps", None),
        ("No Yes", None),
    ],
)
def test_tells_yes_from_no(text: str, said: bool | None) -> None:
    assert yes_or_no(text) is said


@pytest.mark.parametrize("text", ["never mind", "Stop.", "cancel", "no thanks", "forget it please"])
def test_leaves_at_exact_words(text: str) -> None:
    assert leaves(text)


@pytest.mark.parametrize("text", ["stop the music", "Stefan Stop", "please stop by on Monday", ""])
def test_does_not_leave_at_words_that_hold_them(text: str) -> None:
    assert not leaves(text)


@pytest.mark.parametrize(
    ("text", "asked", "reference"),
    [
        ("status of R-7KQ9M", False, "R-7KQ9M"),
        ("status of r-7kq9m please", False, "R-7KQ9M"),
        ("R - 7KQ9M", False, "R-7KQ9M"),
        ("R7KQ9M?", False, "R-7KQ9M"),
        ("R-WERTY.", False, "R-WERTY"),
        ("7kq9m", True, "R-7KQ9M"),
        ("7 k q 9 m.", True, "R-7KQ9M"),
        ("7kq9m", False, None),
        ("hello", True, None),
        ("R hello", True, None),
        ("R-7KQ9MX", False, None),
        ("my order R4711", True, None),
        ("", True, None),
    ],
)
def test_finds_a_reference(text: str, asked: bool, reference: str | None) -> None:
    assert reference_in(text, asked=asked) == reference
