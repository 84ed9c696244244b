"""No copies of a turn's data for log lines that nobody reads.

Stock Rasa copies all that it might write into its debug log, whatever the level. A line is written
at once or not at all, so that copies serve nobody.
"""

from __future__ import annotations

from types import SimpleNamespace

from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.policies import memoization, rule_policy

from components import rasa_version

# Those that copy for nothing but their logs: tests/test_debug_copies.py looks.
MODULES = (processor, forms, memoization, rule_policy)


def install() -> None:
    """Let these modules hand over what they have.

    Raises ConfigError on a Rasa whose code this was not made for.
    """
    rasa_version.require(__name__)
    for module in MODULES:
        module.copy = SimpleNamespace(deepcopy=lambda value: value)
