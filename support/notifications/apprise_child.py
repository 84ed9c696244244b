"""Sends one message through Apprise, in a process of its own, and says what became of it.

Reads JSON from its input: url, title, body, allow; without a body it only looks at the URL. Writes
JSON: service, accepted, status, retry_after, refused (an address that the guard did not let by).
Nothing else is written, for Apprise's own words may hold the URL.
"""

from __future__ import annotations

import contextlib
import json
import logging
import mimetypes
import os
import socket
import sys
import sysconfig
from typing import Any

import requests
from apprise import Apprise, AppriseAsset, NotifyFormat, OverflowMode
from apprise.manager_plugins import NotificationManager

from support.guard import Guard
from support.outgoing import retry_after

# They tell this machine, not a team, or a server that never answers.
NO_MESSENGERS = {"syslog", "rsyslog", "dbus", "glib", "gnome", "macosx", "windows", "blink1"}
STARTS_PROGRAMS = ("subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork")


class Refused(OSError):
    """The guard let a connection, a file or a program not by."""


class Fence:
    """What Apprise may reach, enforced by Python itself at each connection, file and program.

    Some services take a file's name in their URL and would send what is in it.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._named: set[str] = set()
        libraries = {str(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib")}
        self._readable = tuple(f"{os.path.realpath(folder)}{os.sep}" for folder in libraries)
        self.refused: str | None = None

    def raise_up(self) -> None:
        """From now on, for good."""
        look_up = socket.getaddrinfo

        def remembering(host: Any, *args: Any, **more: Any) -> Any:
            found = look_up(host, *args, **more)
            if isinstance(host, str) and self._guard.names(host):
                self._named.update(str(entry[4][0]) for entry in found)
            return found

        socket.getaddrinfo = remembering
        sys.addaudithook(self._look)

    def _look(self, event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            self._look_at_address(args[1])
        elif event == "open":
            self._look_at_file(args[0], args[2])
        elif event.startswith(STARTS_PROGRAMS):
            raise Refused("programs are not started")

    def _look_at_address(self, address: Any) -> None:
        if address is None:
            return
        host = address[0] if isinstance(address, tuple) else str(address)
        if host not in self._named and not self._guard.allows(host):
            self.refused = self.refused or host
            raise Refused("the address is not allowed")

    def _look_at_file(self, path: Any, flags: Any) -> None:
        if isinstance(path, int):
            return
        real = os.path.realpath(os.fsdecode(path))
        writes = int(flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or not real.startswith(self._readable):
            raise Refused("the file is not allowed")


def main() -> None:
    """Do what is asked."""
    asked = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)
    plugins: Any = NotificationManager  # it has no types
    plugins().load_modules()
    # Read while the fence is down; what sends pictures looks things up in it.
    mimetypes.init()
    fence, seen = Fence(Guard(asked.get("allow", ()))), Seen()
    fence.raise_up()
    said: dict[str, Any] = {"service": None, "accepted": False}
    # What a plugin prints must not mix with the answer, nor end up in our log.
    with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
        plugin = _plugin(asked["url"])
        if plugin is not None:
            said["service"] = str(plugin.service_name)
            if "body" in asked:
                said["accepted"] = _notify(plugin, asked["title"], asked["body"])
    said |= {"refused": fence.refused, "status": seen.status, "retry_after": seen.retry_after}
    json.dump(said, sys.stdout)


class Seen:
    """Remembers the last answer that came over HTTP."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.retry_after: float | None = None
        send = requests.Session.send

        def remembering(*args: Any, **more: Any) -> Any:
            self.status = self.retry_after = None
            answer = send(*args, **more)
            self.status = answer.status_code
            self.retry_after = retry_after(answer.headers.get("Retry-After", ""))
            return answer

        requests.Session.send = remembering  # type: ignore[method-assign]


def _plugin(url: str) -> Any:
    asset = AppriseAsset(
        async_mode=False,
        http_redirects=False,
        allow_templates=False,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
    )
    plugin: Any = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is None or type(plugin).__module__.split(".")[2] in NO_MESSENGERS:
        return None
    if plugin.overflow_mode == OverflowMode.UPSTREAM:
        # One message, cut where the service's limit is, rather than none.
        plugin.overflow_mode = OverflowMode.TRUNCATE
    return plugin


def _notify(plugin: Any, title: str, body: str) -> bool:
    sender = Apprise()
    sender.add(plugin)
    return bool(sender.notify(body, title=title, body_format=NotifyFormat.TEXT))


if __name__ == "__main__":
    main()
