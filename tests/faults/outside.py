"""Faults of the team's side: its mail server, Slack, and a web hook."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.fault import TALKING, Change, Fault
from tests.faults.stage import Stage

# Redirects are refused before they are followed; this one leads to a cloud's secrets.
PRIVATE = "http://169.254.169.254/latest/meta-data/"
MOODS = {
    "greylist": "greylists: 451, then yes",
    "hang": "hangs",
    "hang up": "accepts and closes",
    "hang up in data": "closes in the middle of DATA",
    "slow": "is slow",
}
# A refusal of ourselves, not of the mail, can be mended by an administrator.
REFUSALS = [
    (command, code, permanent)
    for command in ("EHLO", "MAIL", "RCPT", "DATA")
    for code, permanent in (
        ("451 4.3.0 Later", False),
        ("550 5.7.1 Never", command in ("RCPT", "DATA")),
    )
]
STATUSES = (
    (200, b"ok", False, {}),
    (302, b"no", False, {"Location": PRIVATE}),
    (404, b"no", True, {}),
    (410, b"no", True, {}),
    (429, b"no", False, {"Retry_After": "1"}),
    (500, b"no", False, {}),
)


def mail() -> Iterator[Fault]:
    """The mail server misbehaves."""
    for step in TALKING:
        # Only what is sent meanwhile can be refused for good, or taken without a word.
        sending = step == "sending"
        yield Fault("mail server down", step, lambda s: s.system.mail.stop(), Stage.well)
        for behaviour, words in MOODS.items():
            yield Fault(f"mail server {words}", step, _mail(behaviour), Stage.well)
        yield Fault("mail server refuses the mail", step, _mail("refuse"), Stage.well, ends=sending)
        yield Fault(
            "mail accepted, connection lost", step, _mail("swallow"), Stage.well, window=sending
        )
        for command, code, permanent in REFUSALS:
            ends = sending and permanent
            strike = _refuses(command, code)
            yield Fault(f"{code} at {command}", step, strike, Stage.well, ends=ends)
        yield Fault("certificate wrong", step, _wrong_certificate, Stage.restart_actions)
        yield Fault("sign-in wrong", step, _wrong_sign_in, Stage.restart_actions)


def hooks() -> Iterator[Fault]:
    """The other side of a Slack or web hook channel misbehaves."""
    for kind in ("slack", "webhook"):
        for step in TALKING:
            for status, body, permanent, headers in STATUSES:
                ends = permanent and step == "sending"
                strike = _answers(status, body, headers)
                name = f"{kind} answers {status}"
                yield Fault(name, step, strike, Stage.well, by=kind, ends=ends)
            yield Fault(f"{kind} never answers", step, _never_answers, Stage.well, by=kind)


def _mail(behaviour: str) -> Change:
    def misbehave(stage: Stage) -> None:
        stage.system.mail.behaviour = behaviour

    return misbehave


def _refuses(command: str, answer: str) -> Change:
    def refuse(stage: Stage) -> None:
        stage.system.mail.refusals[command] = answer

    return refuse


def _wrong_certificate(stage: Stage) -> None:
    stage.restart_actions(SMTP_URL=stage.untrusted_mail_server())


def _wrong_sign_in(stage: Stage) -> None:
    stage.restart_actions(SMTP_URL=stage.mail_server_that_knows_nobody())


def _answers(status: int, body: bytes, headers: dict[str, str]) -> Change:
    def answer(stage: Stage) -> None:
        stage.team.answers(status, body, **headers)

    return answer


def _never_answers(stage: Stage) -> None:
    stage.team.behaviour = "never"
