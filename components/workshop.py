"""A process of its own for work that would keep visitors waiting: training, measuring, rehearsing.

Python runs one thread at a time, so whatever computes in the server's own process slows down every
message. Importing Rasa anew costs ten seconds, so this process is forked from the server's, before
anything runs in that; each piece of work then gets a fork of it, of lower priority, whose memory is
gone when the work is done. Made for Linux, where a process can ask to end with its parent.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from support.errors import WorkFailed, WorkshopClosed

logger = logging.getLogger(__name__)
NICENESS = 5
# Work that says nothing for so long is stuck.
SILENCE_SECONDS = 90.0
CLOSING_SECONDS = 5.0
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_BEGUN, _STEP, _DONE, _FAILED, _ENDED = "begun", "step", "done", "failed", "ended"
Say = Callable[[str], None]
Work = Callable[[Say], Any]


def is_possible() -> bool:
    """Whether this system has what a workshop needs."""
    return sys.platform == "linux"


class Workshop:
    """The process, and the line to it. Any thread may use it; work is done one after another."""

    def __init__(self, prepare: Callable[[], None]) -> None:
        """Fork; to be called while no other thread runs. prepare: imports what work will need."""
        # What is there now is never garbage; looking for some would copy all its memory.
        gc.collect()
        gc.freeze()
        self._line, theirs = multiprocessing.Pipe()
        self._turn = threading.Lock()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            self._line.close()
            _serve(theirs, prepare, parent)
        theirs.close()

    def do(self, work: Work, say: Say) -> Any:
        """What `work` returns; it and its result have to be picklable. say: told of each step.

        Raises WorkFailed with what the work raised, WorkshopClosed when the process is gone, and
        whatever `say` does; then the work is stopped.
        """
        with self._turn:
            try:
                self._line.send(work)
                return self._follow(say)
            except (EOFError, OSError) as error:
                self.close()
                raise WorkshopClosed() from error

    def close(self) -> None:
        """End the process, and what it is at."""
        self._line.close()
        pid, self.pid = self.pid, 0
        if pid:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _follow(self, say: Say) -> Any:
        worker, ends = 0, {}
        try:
            while _ENDED not in ends:
                if not self._line.poll(SILENCE_SECONDS):
                    raise WorkFailed(f"Nothing was heard of the work for {SILENCE_SECONDS:.0f} s.")
                kind, value = self._line.recv()
                if kind == _BEGUN:
                    worker = value
                elif kind == _STEP:
                    say(value)
                else:
                    ends[kind] = value
        except (EOFError, OSError):
            raise
        except BaseException:
            self._stop(worker)
            raise
        if _DONE in ends:
            return ends[_DONE]
        raise WorkFailed(ends.get(_FAILED) or f"The process that did it ended: {ends[_ENDED]}.")

    def _stop(self, worker: int) -> None:
        """Kill the worker, and read what is left of what it said."""
        if worker:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        while self._line.poll(CLOSING_SECONDS):
            if self._line.recv()[0] == _ENDED:
                return
        self.close()


def _serve(line: Connection, prepare: Callable[[], None], parent: int) -> NoReturn:
    """Fork once for each piece of work, until the server is gone."""
    try:
        _belong_to(parent)
        # The server's own handlers would answer through its event loop.
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        prepare()
        gc.collect()
        gc.freeze()
        while True:
            work = line.recv()
            worker = os.fork()
            if worker == 0:
                _work(line, work)
            _, status = os.waitpid(worker, 0)
            line.send((_ENDED, os.waitstatus_to_exitcode(status)))
    except (EOFError, OSError):
        pass
    except BaseException:
        logger.exception("The workshop ends")
    finally:
        os._exit(0)


def _work(line: Connection, work: Work) -> NoReturn:
    try:
        _belong_to(os.getppid())
        os.nice(NICENESS)
        # All memory goes when the work is done; looking for garbage only takes time.
        gc.disable()
        line.send((_BEGUN, os.getpid()))
        line.send((_DONE, work(lambda step: line.send((_STEP, step)))))
    except BaseException as error:
        logger.exception("Work on the flow failed")
        with suppress(OSError):
            line.send((_FAILED, str(error) or type(error).__name__))
    finally:
        os._exit(0)


def _belong_to(parent: int) -> None:
    """End with the parent, however that ends."""
    ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
