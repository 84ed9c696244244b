"""What is put in the place of Rasa's own code was made for one version of it."""

from __future__ import annotations

import rasa

from support.errors import ConfigError

MADE_FOR = "3.6.21"


def require(part: str) -> None:
    """Raise ConfigError, naming the part that asks, on a Rasa that it was not made for."""
    if rasa.__version__ != MADE_FOR:
        raise ConfigError(
            f"Rasa {rasa.__version__} is installed; {part} was made for {MADE_FOR}. Install the "
            "locked requirements, or check it against the new version."
        )
