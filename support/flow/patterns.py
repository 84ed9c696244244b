"""Designers' regular expressions: refused when a visitor's text could keep one busy for long."""

from __future__ import annotations

import re
import sre_constants as op
import sre_parse
from collections.abc import Iterator
from typing import Any

MAX_LENGTH = 200
MAX_REPEAT = 100
# In so many ways at most a part may be tried at one place of a text.
MAX_WAYS = 50_000
# So many open-ended repeats on a text of answers.PATTERN_TEXT characters are tried in no time.
MAX_OPEN_REPEATS = 2
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_ALLOWED = {
    op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.BRANCH, op.SUBPATTERN, op.AT, *_REPEATS
}  # fmt: skip


def problem(pattern: Any) -> str | None:
    """Why the pattern cannot be used, None when it can."""
    if not isinstance(pattern, str) or not pattern.strip():
        return "It is empty; write a regular expression such as [A-Z]{2}[0-9]{6}."
    if len(pattern) > MAX_LENGTH:
        return f"It has {len(pattern)} characters; at most {MAX_LENGTH} are possible."
    try:
        compiled, parsed = re.compile(pattern, re.I), sre_parse.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"It is no regular expression: {error}."
    if compiled.fullmatch(""):
        return "It is matched by an answer that says nothing."
    if compiled.groupindex:
        return "It has a named group; use plain brackets."
    return _too_slow(list(_walk(parsed))) or _ambiguous(parsed)


def _too_slow(found: list[tuple[Any, Any, int]]) -> str | None:
    for code, _, _ in found:
        if code not in _ALLOWED:
            return "It looks ahead or back, or refers to a group; only plain parts are possible."
    repeats = [(argument, depth) for code, argument, depth in found if code in _REPEATS]
    counted = [(least, most, depth) for (least, most, _), depth in repeats]
    if any(most is not op.MAXREPEAT and most > MAX_REPEAT for _, most, _ in counted):
        return f"It repeats something more than {MAX_REPEAT} times."
    if any(depth for least, most, depth in counted if most != least):
        return "It has a repeat inside a repeat, which could take for ever on some answers."
    open_ended = [most for least, most, _ in counted if most is op.MAXREPEAT or most - least > 20]
    if len(open_ended) > MAX_OPEN_REPEATS:
        return f"It has more than {MAX_OPEN_REPEATS} open-ended repeats (* or +)."
    return None


def _ambiguous(parsed: Any) -> str | None:
    if _ways(parsed) <= MAX_WAYS:
        return None
    return (
        "It can match in too many ways, and trying them all could take for ever on some answers; "
        "use fewer of * + ? and |."
    )


def _ways(parsed: Any) -> int:
    """How many ways there are to match a text with it at one place, at most; counted so far."""
    ways = 1
    for code, argument in parsed:
        if code in _REPEATS:
            ways *= _ways_to_repeat(*argument)
        elif code is op.SUBPATTERN:
            ways *= _ways(argument[-1])
        elif code is op.BRANCH:
            ways *= sum(map(_ways, argument[1]))
        ways = min(ways, MAX_WAYS + 1)
    return ways


def _ways_to_repeat(least: int, most: int, repeated: Any) -> int:
    each, ways = _ways(repeated), 0
    for times in range(least, min(int(most), MAX_REPEAT) + 1):
        ways += each**times
        if ways > MAX_WAYS:
            break
    return ways


def _walk(parsed: Any, depth: int = 0) -> Iterator[tuple[Any, Any, int]]:
    """Every part with how many repeats of changing length it lies in."""
    for code, argument in parsed:
        yield code, argument, depth
        if code in _REPEATS:
            yield from _walk(argument[2], depth + 1)
        elif code is op.SUBPATTERN:
            yield from _walk(argument[-1], depth)
        elif code is op.BRANCH:
            for branch in argument[1]:
                yield from _walk(branch, depth)
