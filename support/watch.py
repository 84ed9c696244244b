"""The watch: a thread that looks whether the team is told of requests, and tells the owner if not.

Every action server runs one. It has no part in sending requests, and cannot hold that up.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from support import database, owner, settings
from support.alert_words import NO_SECOND_PATH
from support.alerts import Alarm
from support.canary import Canary
from support.complaints import Complaint
from support.config import LOOPBACK, Config
from support.delivery import utc_now
from support.notifications.email import Email
from support.notifications.note import NoteSender
from support.owner import Ways

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 15.0
# What waited while the server was down is being sent by then.
FIRST_LOOK_SECONDS = 20.0
STOP_SECONDS = 10.0


class Watch:
    """Looks until stopped. by_kind: how to reach the channels for alerts."""

    def __init__(self, config: Config, by_kind: Mapping[str, NoteSender]) -> None:
        self._config = config
        mail = Email(config.smtp, config.mail_from) if config.smtp else None
        second = Email(config.alert_smtp, config.mail_from) if config.alert_smtp else None
        ways, link = Ways(mail, second, by_kind), _link(config)
        self._looks = (Alarm(ways, link), Canary(ways, link))
        self._wanted = threading.Event()
        self._stopping = False
        self._complaint = Complaint(logger, "Whether all is well cannot be seen")
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Something has failed: look now."""
        self._wanted.set()

    def stop(self) -> None:
        """Look no more; a note that is being sent may end."""
        self._stopping = True
        self._wanted.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        self._wanted.wait(FIRST_LOOK_SECONDS)
        self._warn()
        while not self._stopping:
            self._wanted.clear()
            self._look()
            if not self._stopping:
                self._wanted.wait(LOOK_EVERY_SECONDS)

    def _look(self) -> None:
        for each in self._looks:
            try:
                each.look(utc_now())
            except Exception as error:
                # Whatever it is: nobody else would tell the owner of the next trouble.
                self._complaint.about(error)
            else:
                self._complaint.over()

    def _warn(self) -> None:
        try:
            with database.read_scope() as session:
                needed = settings.read(session).enabled
                missing = needed and owner.second_path_missing(session, self._config)
        except Exception as error:
            self._complaint.about(error)
            return
        if missing:
            logger.warning(NO_SECOND_PATH)


def _link(config: Config) -> str:
    """To Support Operations: beside the public pages, or where it is on a machine of one's own."""
    local = urlsplit(config.public_url).hostname in LOOPBACK
    return f"{config.actions_url if local else config.public_url}/admin"
