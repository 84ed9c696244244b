"""Memory that does not grow with the days: all threads share two heaps.

glibc gives each new thread a heap of its own, up to eight for each core, and keeps what has been
used of each. The action server makes a thread for each delivery, so that its memory grew by a
fifth in ten minutes of load, and by nothing with two heaps. Other C libraries have no such heaps.
"""

from __future__ import annotations

import contextlib
import ctypes

# M_ARENA_MAX in glibc's malloc.h.
ARENA_MAX = -8
HEAPS = 2


def share() -> bool:
    """Let threads of this process share heaps from now on; whether that was possible."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        return bool(ctypes.CDLL(None).mallopt(ARENA_MAX, HEAPS))
    return False
