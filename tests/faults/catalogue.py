"""All faults, by what breaks."""

from __future__ import annotations

from tests.faults.fault import STEPS, TALKING, Change, Fault
from tests.faults.stage import Stage

LOCKED_SECONDS = 30
# Redirects are refused before they are followed; this one leads to a cloud's secrets.
PRIVATE = "http://169.254.169.254/latest/meta-data/"
MID_ANSWER = 0.02


def every() -> list[Fault]:
    """The whole catalogue."""
    return [*processes(), *mail(), *hooks(), *databases()]


def processes() -> list[Fault]:
    """Each server killed at each step, before a message and while it is being answered."""
    killed: list[tuple[str, Change, Change]] = [
        ("action server kill -9", _kill_actions, _start_actions),
        ("Rasa kill -9", _kill_rasa, _start_rasa),
    ]
    return [
        *(Fault(name, step, strike, mend) for name, strike, mend in killed for step in STEPS),
        *(
            Fault(f"{name} while answering", step, strike, mend, after=MID_ANSWER)
            for name, strike, mend in killed
            for step in TALKING
        ),
        *(Fault("action server hangs", step, _hang, _wake) for step in TALKING),
        Fault("kill -9 in the middle of DATA", "sending", _kill_in_data, _restart_mail_too),
        Fault("two action servers, one killed", "waiting", _kill_one_of_two, _start_one_of_two),
    ]


def mail() -> list[Fault]:
    """The mail server misbehaves while the request is sent."""
    return [
        Fault("mail server down", "sending", lambda s: s.system.mail.stop(), Stage.well),
        *(Fault(f"mail server {words}", "sending", _mail(b), Stage.well) for b, words in _MOODS),
        Fault(
            "mail server refuses DATA for good", "sending", _mail("refuse"), Stage.well, ends=True
        ),
        Fault(
            "mail accepted, connection lost", "sending", _mail("swallow"), Stage.well, window=True
        ),
        *(
            Fault(f"{code} at {command}", "sending", _refuses(command, code), Stage.well, ends=ends)
            for command in ("EHLO", "MAIL", "RCPT", "DATA")
            # A refusal of ourselves, not of the mail, can be mended by an administrator.
            for code, ends in (
                ("451 4.3.0 Later", False),
                ("550 5.7.1 Never", command in ("RCPT", "DATA")),
            )
        ),
        Fault("certificate wrong", "sending", _wrong_certificate, Stage.restart_actions),
        Fault("sign-in wrong", "sending", _wrong_sign_in, Stage.restart_actions),
    ]


def hooks() -> list[Fault]:
    """A Slack or web hook channel misbehaves while the request is sent."""
    statuses = (
        (302, False, {"Location": PRIVATE}),
        (404, True, {}),
        (410, True, {}),
        (429, False, {"Retry_After": "1"}),
        (500, False, {}),
    )
    return [
        *(
            Fault(
                f"{kind} answers {status}",
                "sending",
                _answers(status, more),
                Stage.well,
                by=kind,
                ends=ends,
            )
            for kind in ("slack", "webhook")
            for status, ends, more in statuses
        ),
        *(
            Fault(f"{kind} never answers", "sending", _never_answers, Stage.well, by=kind)
            for kind in ("slack", "webhook")
        ),
    ]


def databases() -> list[Fault]:
    """A database fails."""
    requests, conversations = "support.db", "conversations.db"
    return [
        *(
            Fault(f"{name} locked for {LOCKED_SECONDS} s", step, _locks(name), Stage.unlock)
            for name in (requests, conversations)
            for step in ("asking", "reason", "sending")
        ),
        *(
            Fault("disk full", step, Stage.fill_disk, Stage.free_disk)
            for step in ("reason", "sending")
        ),
        *(
            Fault("database read-only", step, _read_only, Stage.restart_actions)
            for step in ("asking", "sending")
        ),
    ]


_MOODS = (
    ("greylist", "greylists: 451, then yes"),
    ("hang", "hangs"),
    ("hang up", "accepts and closes"),
    ("hang up in data", "closes in the middle of DATA"),
    ("slow", "is slow"),
)


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


def _mail(behaviour: str) -> Change:
    def misbehave(stage: Stage) -> None:
        stage.system.mail.behaviour = behaviour

    return misbehave


def _refuses(command: str, answer: str) -> Change:
    def refuse(stage: Stage) -> None:
        stage.system.mail.refusals[command] = answer

    return refuse


def _kill_in_data(stage: Stage) -> None:
    stage.kill_actions_in_data()


def _restart_mail_too(stage: Stage) -> None:
    stage.system.mail.stop()
    stage.well()
    stage.restart_actions()


def _kill_one_of_two(stage: Stage) -> None:
    stage.system.start_second_actions()
    stage.system.kill_actions()


def _start_one_of_two(stage: Stage) -> None:
    stage.system.start_actions()
    stage.system.kill_second_actions()


def _wrong_certificate(stage: Stage) -> None:
    stage.restart_actions(SMTP_URL=stage.untrusted_mail_server())


def _wrong_sign_in(stage: Stage) -> None:
    stage.restart_actions(SMTP_URL=stage.mail_server_that_knows_nobody())


def _answers(status: int, headers: dict[str, str]) -> Change:
    def answer(stage: Stage) -> None:
        stage.team.answers(status, b"no", **headers)

    return answer


def _never_answers(stage: Stage) -> None:
    stage.team.behaviour = "never"


def _locks(database: str) -> Change:
    def lock(stage: Stage) -> None:
        stage.lock(database, LOCKED_SECONDS)

    return lock


def _read_only(stage: Stage) -> None:
    file = stage.system.folder / "support.db"
    stage.restart_actions(DATABASE_URL=f"sqlite:///file:{file}?mode=ro&uri=true")
