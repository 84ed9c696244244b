"""A designer's own templates, rendered for one message; the product's words when they fail."""

from __future__ import annotations

import logging

from jinja2 import TemplateError

from support.flow.template_values import values_of
from support.flow.templates import Words, rendered
from support.notifications.message import Message

logger = logging.getLogger(__name__)


def own_words(templates: Words | None, message: Message, **instead: str) -> Words | None:
    """What the templates come to, with `instead` for some of the request's values.

    None when there are none, when nobody has asked for anything (a test), and when they fail on
    this request.
    """
    if templates is None or message.test:
        return None
    try:
        return rendered(templates, {**values_of(message), **instead})
    except TemplateError as error:
        # The team is told all the same.
        logger.error("A template of the flow cannot be rendered: %s", error)
        return None
