"""Ends the supervised processes when their supervisor is killed without a chance to do so.

It reads process groups from standard input, `+123` when one starts and `-123` when it has ended.
The kernel closes that pipe when the supervisor dies, however it dies; then what is left is ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 5.0


def main() -> None:
    """Keep the list until standard input ends, then end every group still on it."""
    # A terminal that closes tells everybody; the groups must outlive none of that untold.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_groups(_groups_left(sys.stdin))


def _groups_left(lines: Iterable[str]) -> set[int]:
    groups: set[int] = set()
    for line in lines:
        if line.startswith("+"):
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    return groups


def end_groups(groups: set[int]) -> None:
    """SIGTERM to each group, and SIGKILL to what is left of it after the grace time."""
    for group in groups:
        signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(signal_group(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group (0: only ask); False when it has no process left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main()
