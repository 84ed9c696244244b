"""Rasa's own command line, without telemetry and without warnings nobody here can act on.

    python -m scripts.serve_rasa run -i 127.0.0.1 -p 5005
    python -m scripts.serve_rasa train

Everything after the module's name goes to `rasa` unchanged. Nothing is needed from here to work:
`rasa run` does the same.
"""

from __future__ import annotations

import os
import sys
import warnings

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def main() -> None:
    """Run `rasa` with this process's arguments; leaves with SystemExit as `rasa` does."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    _quiet_third_parties()
    from rasa.__main__ import main as rasa

    sys.argv[0] = "rasa"
    rasa()


def _quiet_third_parties() -> None:
    """Ignore deprecations inside packages that Rasa 3.6 pins."""
    # Sanic switches DeprecationWarning back on when it is imported, so it has to be before.
    import sanic.app  # noqa: F401

    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)


if __name__ == "__main__":
    main()
