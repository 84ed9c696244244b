"""All faults, by what breaks."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults import outside
from tests.faults.fault import STEPS, TALKING, Change, Fault
from tests.faults.stage import Stage

LOCKED_SECONDS = 30
MID_ANSWER = 0.02
HOUR = 3600


def every() -> list[Fault]:
    """The whole catalogue."""
    return [*processes(), *outside.mail(), *outside.hooks(), *databases(), *clocks()]


def processes() -> Iterator[Fault]:
    """Each server killed at each step, before a message and while it is being answered."""
    killed: list[tuple[str, Change, Change]] = [
        ("action server kill -9", _kill_actions, _start_actions),
        ("Rasa kill -9", _kill_rasa, _start_rasa),
    ]
    for name, strike, mend in killed:
        yield from (Fault(name, step, strike, mend) for step in STEPS)
        for step in TALKING:
            yield Fault(f"{name} while answering", step, strike, mend, after=MID_ANSWER)
    yield from (Fault("action server hangs", step, _hang, _wake) for step in TALKING)
    yield Fault("kill -9 in the middle of DATA", "sending", _kill_in_data, _restart_mail_too)
    for step in STEPS:
        yield Fault("two action servers", step, _start_second, _kill_second)
        yield Fault("two action servers, one killed", step, _kill_one_of_two, _start_one_of_two)


def databases() -> Iterator[Fault]:
    """A database fails."""
    for step in STEPS:
        for name in ("support.db", "conversations.db"):
            yield Fault(f"{name} locked for {LOCKED_SECONDS} s", step, _locks(name), Stage.unlock)
        yield Fault("disk full", step, Stage.fill_disk, Stage.free_disk)
        yield Fault("database read-only", step, _read_only, Stage.restart_actions)


def clocks() -> Iterator[Fault]:
    """The machine's clock is wrong, and put right afterwards."""
    for step in STEPS:
        yield Fault("clock set back an hour", step, _clock_wrong_by(-HOUR), _clock_right)
        yield Fault("clock set an hour ahead", step, _clock_wrong_by(HOUR), _clock_right)


def _kill_actions(stage: Stage) -> None:
    stage.system.kill_actions()


def _start_actions(stage: Stage) -> None:
    stage.system.start_actions()


def _kill_rasa(stage: Stage) -> None:
    stage.system.kill_rasa()


def _start_rasa(stage: Stage) -> None:
    stage.system.start_rasa()


def _hang(stage: Stage) -> None:
    stage.system.hang_actions()


def _wake(stage: Stage) -> None:
    stage.system.wake_actions()


def _kill_in_data(stage: Stage) -> None:
    stage.kill_actions_in_data()


def _restart_mail_too(stage: Stage) -> None:
    stage.system.mail.stop()
    stage.well()
    stage.restart_actions()


def _start_second(stage: Stage) -> None:
    stage.system.start_second_actions()


def _kill_second(stage: Stage) -> None:
    stage.system.kill_second_actions()


def _kill_one_of_two(stage: Stage) -> None:
    stage.system.start_second_actions()
    stage.system.kill_actions()


def _start_one_of_two(stage: Stage) -> None:
    stage.system.start_actions()
    stage.system.kill_second_actions()


def _locks(database: str) -> Change:
    def lock(stage: Stage) -> None:
        stage.lock(database, LOCKED_SECONDS)

    return lock


def _read_only(stage: Stage) -> None:
    file = stage.system.folder / "support.db"
    stage.restart_actions(DATABASE_URL=f"sqlite:///file:{file}?mode=ro&uri=true")


def _clock_wrong_by(seconds: float) -> Change:
    def set_clock(stage: Stage) -> None:
        stage.system.set_clock(seconds)

    return set_clock


def _clock_right(stage: Stage) -> None:
    stage.system.set_clock(0)
