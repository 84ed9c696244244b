"""Misspelt mail domains: 'gmial.com' was probably meant to be 'gmail.com'.

Only asked, never decided: the visitor says yes or no.
"""

from __future__ import annotations

from difflib import SequenceMatcher

SIMILAR_ENOUGH = 0.8
# Shorter ones (aol, gmx, web, live) are one letter from too many others.
SHORTEST = 5
# Where most people have their mailbox.
_COMMON = (
    "gmail.com googlemail.com yahoo.com hotmail.com outlook.com icloud.com protonmail.com "
    "rocketmail.com fastmail.com yandex.com comcast.net verizon.net sbcglobal.net bellsouth.net "
    "btinternet.com yahoo.co.uk hotmail.co.uk outlook.de hotmail.de yahoo.de t-online.de "
    "freenet.de arcor.de hotmail.fr yahoo.fr orange.fr wanadoo.fr laposte.net outlook.fr "
    "libero.it hotmail.it yahoo.it hotmail.es yahoo.es bluewin.ch yandex.ru rambler.ru "
    "yahoo.co.in yahoo.com.br yahoo.co.jp"
)
COMMON = tuple(_COMMON.split())
# As they should be, although they look like one of the above.
_RIGHT = (
    "mail.com email.com ymail.com tmail.com hmail.com cloud.com proton.me gmx.de gmx.net gmx.com "
    "gmx.at gmx.ch web.de live.com msn.com aol.com me.com mac.com hey.com zoho.com"
)
RIGHT = tuple(_RIGHT.split())
_ENDINGS = "con cmo comm coom vom xom cpm ocm cm om co cim clm"
MISSPELT_ENDINGS = tuple(_ENDINGS.split())


def for_address(address: str) -> str | None:
    """The address that was probably meant, or None when this one looks right."""
    local, _, domain = address.rpartition("@")
    domain = domain.casefold()
    if domain in COMMON or domain in RIGHT:
        return None
    likeness, meant = max((_likeness(domain, common), common) for common in COMMON)
    return f"{local}@{meant}" if likeness >= SIMILAR_ENOUGH else None


def is_named(text: str, suggestion: str) -> bool:
    """Whether an answer without a word for yes takes the suggestion: 'gmail.com', 'I meant gmail'.

    The provider's name has to be in it, and no "not".
    """
    provider = suggestion.rpartition("@")[2].split(".")[0]
    words = text.casefold().replace(".", " ").replace(",", " ").split()
    return provider in words and "not" not in words and "@" not in text


def _likeness(domain: str, common: str) -> float:
    name, _, ending = domain.partition(".")
    right_name, _, right_ending = common.partition(".")
    misspelt = ending in MISSPELT_ENDINGS and right_ending == "com"
    if not (misspelt or ending == right_ending) or len(right_name) < SHORTEST:
        return 0.0
    return SequenceMatcher(None, name, right_name).ratio()
