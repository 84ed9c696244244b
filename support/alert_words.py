"""The words in which the owner reads what is wrong. They name no visitor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from support.problems import CANARY, Problem
from support.settings import BY_NAME

NAME = "Live-agent handoff"
# One message, several messages.
PROBLEMS = {
    "failed": (
        "One message to the team by {channel} was given up.",
        "{count} messages to the team by {channel} were given up.",
    ),
    "late": (
        "One message to the team by {channel} has been tried and is not accepted yet.",
        "{count} messages to the team by {channel} have been tried and are not accepted yet.",
    ),
    "stuck": (
        "One message to the team is due, and no server sends anything.",
        "{count} messages to the team are due, and no server sends anything.",
    ),
    "held": (
        "One message waits, because its target has got all that the hour allows.",
        "{count} messages wait, because their targets have got all that the hour allows.",
    ),
    "canary": ("The daily test mail was not accepted.",) * 2,
    "limits": (
        "A limit stopped somebody in the last hour.",
        "Limits stopped visitors {count} times in the last hour.",
    ),
}
CHANNELS = {"email": "e-mail", "slack": "Slack", "webhook": "webhook"}
SUBJECTS = {
    "problem": "requests are not reaching the team",
    "digest": "requests are still not reaching the team",
    "recovered": "works again",
}
NO_SECOND_PATH = (
    "Worth setting up: should mail fail one day, nobody would hear of it. Enter an address for "
    "alerts and set ALERT_SMTP_URL on the server, or let a channel get alerts."
)
MINOR = {"held", "limits"}


def sentence(problem: Problem) -> str:
    """The problem in one sentence."""
    one, many = PROBLEMS[problem.kind]
    channel = CHANNELS.get(problem.channel or "", problem.channel)
    return (one if problem.count == 1 else many).format(channel=channel, count=problem.count)


def paragraph(problem: Problem) -> str:
    """The problem with all that is known of it."""
    lines = [sentence(problem)]
    if problem.since:
        lines.append(f"  The oldest is from {_moment(problem.since)}.")
    if problem.references:
        more = " and others" if problem.count > len(problem.references) else ""
        lines.append(f"  Requests: {', '.join(problem.references)}{more}")
    lines += [f"  The other side said: {answer}" for answer in problem.answers]
    return "\n".join(lines)


def subject(kind: str, problems: Sequence[Problem]) -> str:
    """What the note is about. kind: one of SUBJECTS."""
    kinds = {problem.kind for problem in problems}
    if kinds and kinds <= MINOR:
        return f"{NAME}: a limit is reached"
    if kinds == {CANARY}:
        return f"{NAME}: the daily test mail was not accepted"
    return f"{NAME}: {SUBJECTS[kind]}"


def text(problems: Sequence[Problem], given_up: int, hits: Mapping[str, int]) -> str:
    """The whole note. given_up: messages, of late; hits: of each limit, since the last note."""
    paragraphs = [paragraph(problem) for problem in problems]
    if not problems:
        paragraphs.append("Nothing is wrong any more, as far as can be seen from here.")
        if given_up:
            paragraphs.append(
                f"Messages given up in the last days: {given_up}. Each request's page says why."
            )
    for name, count in hits.items():
        label = BY_NAME[name].label if name in BY_NAME else name
        paragraphs.append(f"Limit “{label}”, times it was met since the last note: {count}")
    return "\n\n".join(paragraphs)


def canary(day: str) -> tuple[str, str]:
    """Subject and text of the daily test mail."""
    return (
        f"{NAME}: daily test of {day}",
        "Mail from the website assistant works. One such mail comes each day; the day it does not, "
        "requests may not reach the team either. It is switched off in Support Operations.",
    )


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
