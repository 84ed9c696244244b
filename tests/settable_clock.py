"""A program whose clock can be set while it runs, as an administrator sets a machine's.

CLOCK_FILE=clock python -m tests.settable_clock rasa_sdk --actions actions

The file holds by how many seconds the clock is wrong; without it, the clock is right.
"""

from __future__ import annotations

import datetime as dt
import os
import runpy
import sys
import time
from pathlib import Path

from support import delivery

FILE = "CLOCK_FILE"


def main() -> None:
    """Run the module that is named, with its arguments."""
    file = Path(os.environ[FILE])
    true_time = time.time

    def now() -> float:
        return true_time() + _wrong_by(file)

    def utc_now() -> dt.datetime:
        return dt.datetime.fromtimestamp(now(), dt.timezone.utc)

    time.time, delivery.utc_now = now, utc_now
    module, *sys.argv[1:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _wrong_by(file: Path) -> float:
    try:
        return float(file.read_text(encoding="ascii") or 0)
    except FileNotFoundError:
        return 0.0


if __name__ == "__main__":
    main()
