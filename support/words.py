"""What visitors read, from domain.yml and the published flow, without Rasa: for the contact form.

A response's variation is chosen as Rasa chooses it: one whose conditions hold, else the one that
has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML

from support.config import PROJECT
from support.flow import overlay
from support.flow.document import Changes
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


def of_flow(changes: Changes) -> Words:
    """Those of domain.yml with the changes of a flow."""
    return _laid_over(json.dumps(changes.to_json()))


@lru_cache(maxsize=2)
def _laid_over(changes: str) -> Words:
    flow = Changes.from_json(json.loads(changes))
    return Words(overlay.lay_over(_domain(), flow)["responses"])


@lru_cache(maxsize=1)
def _domain() -> Mapping[str, Any]:
    domain: Mapping[str, Any] = YAML(typ="safe").load(PROJECT / "domain.yml")
    return domain


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
