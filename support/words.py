"""What visitors read, taken from domain.yml without Rasa: for the contact form on both servers.

A response's variation is chosen as Rasa chooses it: one whose conditions hold, else the one that
has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML

from support.config import PROJECT
from support.settings import Settings

CONTACT_PATH = "/contact"
_VARIABLE = re.compile(r"{(\w+)}")
Values = Mapping[str, str]


class Words:
    """The responses of a domain."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._responses = responses

    def say(self, response: str, values: Values) -> str:
        """The response's text for these slots, filled in. Raises KeyError for an unknown one."""
        variations = self._responses[response]
        fitting = [each for each in variations if each.get("condition") and _holds(each, values)]
        plain = [each for each in variations if not each.get("condition")]
        text = str((fitting or plain)[0].get("text", ""))
        return _VARIABLE.sub(lambda match: str(values.get(match[1]) or ""), text)


@lru_cache(maxsize=1)
def of_project() -> Words:
    """Those of domain.yml, read once."""
    domain = YAML(typ="safe").load(PROJECT / "domain.yml")
    return Words(domain["responses"])


def values(current: Settings | None, public_url: str) -> dict[str, str]:
    """The slots that follow the settings, and where the contact form is.

    current: None while the settings cannot be read; then nothing is claimed about them.
    """
    form = {"contact_form": public_url + CONTACT_PATH}
    if current is None:
        return {**form, "other_ways": "unknown"}
    return {
        **form,
        "support": "on" if current.enabled else "off",
        "response_time": current.response_time,
        "alternative_contact": current.alternative_contact,
        "other_ways": "known" if current.alternative_contact else "unknown",
    }


def _holds(variation: Mapping[str, Any], values: Values) -> bool:
    return all(values.get(each["name"]) == each["value"] for each in variation["condition"])
