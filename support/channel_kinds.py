"""The kinds of channels, and what an address of each is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from support import outgoing
from support.guard import Guard
from support.notifications.apprise import service_of

MAX_URL = 2000
MIN_KEY, MAX_KEY = 16, 200


@dataclass(frozen=True)
class Part:
    """One part of an address. check: raises ValueError with why a value is none."""

    name: str
    label: str
    help: str
    check: Callable[[str, Guard], str]


@dataclass(frozen=True)
class Kind:
    """A kind of channel. name: as `senders.KINDS` and deliveries call it."""

    name: str
    label: str
    help: str
    parts: tuple[Part, ...]


def _web_address(text: str, guard: Guard) -> str:
    if len(text) > MAX_URL:
        raise ValueError(f"It has {len(text)} characters; at most {MAX_URL} are possible.")
    parts = outgoing.parse(text)
    if parts.scheme == "http" and not _is_allowed(str(parts.host), guard):
        raise ValueError(
            "It begins with http://, and visitors' answers must not travel unencrypted. Use "
            "https://; http:// is for hosts in OUTGOING_ALLOW."
        )
    return text


def _key(text: str, _guard: Guard) -> str:
    if not MIN_KEY <= len(text) <= MAX_KEY or not text.isprintable():
        raise ValueError(
            f"A key has {MIN_KEY} to {MAX_KEY} printable characters; make up a long random one."
        )
    return text


def _apprise_url(text: str, _guard: Guard) -> str:
    if len(text) > MAX_URL or not text.isprintable():
        raise ValueError(f"It has over {MAX_URL} characters, or control characters.")
    if service_of(text) is None:
        raise ValueError(
            "Apprise cannot read it, or it leads to this machine only. The services and their URLs "
            "are listed at https://appriseit.com/services/."
        )
    return text


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "slack",
            "Slack",
            "A message in a Slack channel. Mattermost takes the same.",
            (
                Part(
                    "url",
                    "Incoming webhook’s URL",
                    "From Slack: your app, “Incoming Webhooks”. Like "
                    "https://hooks.slack.com/services/T…/B…/…",
                    _web_address,
                ),
            ),
        ),
        Kind(
            "webhook",
            "Web hook",
            "The request as signed JSON, for a CRM or a program of yours, as docs/webhook.md says.",
            (
                Part("url", "URL", "Where it is sent, with POST.", _web_address),
                Part(
                    "signing_key",
                    "Signing key",
                    "Both sides know it; the other side checks with it that a message is ours. "
                    f"At least {MIN_KEY} characters, made up at random.",
                    _key,
                ),
            ),
        ),
        Kind(
            "apprise",
            "Other service",
            "Teams, Discord, Telegram, SMS, PagerDuty and a hundred more, through Apprise.",
            (
                Part(
                    "url",
                    "Apprise URL",
                    "Such as discord://…/… or tgram://…/…; the services and their URLs are listed "
                    "at https://appriseit.com/services/.",
                    _apprise_url,
                ),
            ),
        ),
    )
}


def _is_allowed(host: str, guard: Guard) -> bool:
    bare = host.strip("[]")
    # What is allowed although it is not public is of this deployment's own network.
    return guard.names(host) or (guard.allows(bare) and not Guard().allows(bare))
