"""Logging what went wrong without what was said: an exception's own text may quote it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import TracebackType


class TextWithheld(Exception):
    """Stands in the log for an exception, by its name."""


def place_of(error: BaseException) -> tuple[type[Exception], Exception, TracebackType | None]:
    """For `exc_info`: the kind of the exception and where it happened, but not its text."""
    return TextWithheld, TextWithheld(type(error).__name__), error.__traceback__


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with an ellipsis in the place of each secret, the longest first.

    In the forms, too, that JSON has for it: what another side quotes may be JSON.
    """
    plain = [part for part in secrets if part]
    quoted = [json.dumps(part, ensure_ascii=way)[1:-1] for part in plain for way in (True, False)]
    for secret in sorted({*plain, *quoted}, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text
