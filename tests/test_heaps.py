"""Threads share heaps where the C library has some for each."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from support import heaps

# Each of many threads takes some memory; how many heaps glibc tells of then.
COUNT = """
import ctypes, sys, threading
from support import heaps
if sys.argv[1] == "share":
    assert heaps.share()
together = threading.Barrier(12)
def take():
    together.wait()
    kept = [bytes(300) for _ in range(1000)]
    together.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
for each in threads: each.start()
for each in threads: each.join()
ctypes.CDLL(None).malloc_stats()
"""


def count(how: str) -> int:
    """Of a process of its own."""
    command = [sys.executable, "-c", COUNT, how]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return said.stderr.count("Arena ")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has heaps for threads")
def test_threads_share_two_heaps() -> None:
    assert count("leave") > heaps.HEAPS
    assert count("share") <= heaps.HEAPS


@pytest.mark.parametrize("missing", [AttributeError, OSError, TypeError])
def test_goes_on_where_there_are_none(
    missing: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_: None) -> None:
        raise missing("mallopt")

    monkeypatch.setattr(ctypes, "CDLL", nothing)
    assert not heaps.share()
