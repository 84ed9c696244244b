"""A test mail a day to those who are told when something is wrong: the day it is missing, mail is.

It goes by the usual mail server alone. When it is not accepted, the owner is told by another way.
"""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import select

from support import alert_words, database, noted, settings
from support.models import Alert
from support.noted import passed
from support.notifications.note import Note
from support.owner import Ways
from support.problems import CANARY

logger = logging.getLogger(__name__)

# UTC. At midnight a mail would be yesterday's.
FROM_HOUR = 6
RETRY = dt.timedelta(minutes=10)
QUICK_TRIES = 3
SLOW_RETRY = dt.timedelta(hours=1)


class Canary:
    """Sends the daily test mail by `ways`. link: to Support Operations."""

    def __init__(self, ways: Ways, link: str) -> None:
        self._ways = ways
        self._link = link

    def look(self, now: dt.datetime) -> None:
        """Send today's, if it is switched on and was not accepted yet. Raises SQLAlchemyError."""
        current = settings.current()
        if not current.daily_test or not current.alert_emails or now.hour < FROM_HOUR:
            return
        number = _take_todays(now)
        if number is None:
            return
        day = f"{now:%Y-%m-%d}"
        note = Note(f"{CANARY}-{day}", *alert_words.canary(day), self._link)
        # Who has got it does not get it again because another has not.
        have = {each.way: each for each in noted.answers(number) if each.accepted}
        answers = [
            have.get(address) or self._ways.mail(address, note) for address in current.alert_emails
        ]
        accepted = all(answer.accepted for answer in answers)
        if not accepted:
            logger.warning("The daily test mail was not accepted by all.")
        noted.close(number, accepted, answers)


def _take_todays(now: dt.datetime) -> int | None:
    """The row of today's mail, if it is this process's to send now."""
    key = f"{CANARY}:{now:%Y-%m-%d}"
    with database.read_scope() as session:
        today = session.scalars(select(Alert).where(Alert.key == key)).first()
    if today is None:
        return noted.write(key, CANARY, {"tries": 1}, now)
    tries = today.detail["tries"]
    pause = RETRY if tries < QUICK_TRIES else SLOW_RETRY
    if today.accepted or not passed(today.at, now, pause):
        return None
    return noted.take_again(today.id, today.at, now, {"tries": tries + 1})
