"""One thread for the multiplications of a message, which are small.

With more of them OpenBLAS, which NumPy calculates with, has threads that wait for the next
multiplication by asking for it without end: half a core while visitors talk, wanted by others.
"""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def install() -> None:
    """Let this process calculate so from now on; what is forked from it does, too."""
    threadpool_limits(limits=1, user_api="blas")
