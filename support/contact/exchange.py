"""What passes over the contact form's desk: a form, what was written into it, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.contact.forms import Form


@dataclass(frozen=True)
class Opened:
    """A form to fill in. open: whether requests are taken. texts: what is known, by field.

    message: what it is for, or that it is closed. data: what happens to what is written.
    """

    open: bool
    form: Form
    form_id: str
    texts: Mapping[str, str]
    message: str
    data: str


@dataclass(frozen=True)
class Posted:
    """What came back. trusted: nothing about it looks like a machine. client: see clients.py."""

    form_id: Any
    token: Any
    texts: Mapping[str, str]
    page_url: str | None
    client: str | None
    trusted: bool = True


@dataclass(frozen=True)
class Result:
    """What became of it. outcome: 'sent', 'saved', 'undelivered' or 'off'; or, when it has to be
    sent again, 'invalid', 'expired', 'once_more', 'too_fast', 'limited' or 'not_saved'.

    problems: words by field. form_id: another one, when the old one is of no use any more.
    """

    outcome: str
    message: str
    reference: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    form_id: str | None = None
