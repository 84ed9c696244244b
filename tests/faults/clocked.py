"""The product on a machine whose clock can be set."""

from __future__ import annotations

import subprocess

from tests import settable_clock
from tests.system import System


class ClockedSystem(System):
    """A running product; what is started again has the clock that was set last."""

    def set_clock(self, wrong_by: float) -> None:
        """Let both servers' clock be wrong by so many seconds, from now on."""
        (self.folder / "clock").write_text(str(wrong_by), encoding="ascii")

    def _launch(
        self, name: str, arguments: list[str], **environment: str
    ) -> subprocess.Popen[bytes]:
        _, *module_and_more = arguments
        return super()._launch(
            name,
            ["-m", settable_clock.__name__, *module_and_more],
            **{settable_clock.FILE: str(self.folder / "clock"), **environment},
        )
