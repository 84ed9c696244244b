"""Calling somebody else's server: the one way out over HTTP.

Every address is looked up, checked, and then called as it was checked, so a name cannot lead to
another place a moment later. Nothing is followed: a message that was redirected has not arrived,
and one with a visitor's answers must not end where nobody chose to send it. Neither proxies nor
passwords are taken from the environment.
"""

from __future__ import annotations

import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from support import logs
from support.deadline import Deadline
from support.errors import DeliveryError
from support.guard import Guard

CONNECT_SECONDS = 4.0
READ_SECONDS = 8.0
# Less than what the action server gives a page, so that a test can say what happened.
TOTAL_SECONDS = 12.0
ANSWER_BYTES = 4096
EXCERPT_LENGTH = 200
# Nobody needs to be asked to wait longer than the retries last.
LONGEST_WAIT_SECONDS = 24 * 60 * 60.0
AGENT = "live-agent-handoff"


@dataclass(frozen=True)
class Answer:
    """What the other side said. text: the beginning of the body. retry_after: seconds asked for."""

    status: int
    text: str
    retry_after: float | None = None

    def excerpt(self, hide: Iterable[str] = ()) -> str:
        """The text in one short line, without what stands in `hide`: secrets, answers."""
        shown = logs.without(self.text, hide)
        line = " ".join("".join(c if c.isprintable() else " " for c in shown).split())
        return line if len(line) <= EXCERPT_LENGTH else f"{line[:EXCERPT_LENGTH]}…"


def parse(url: str) -> Url:
    """The parts of an address that can be called. Raises ValueError with what is wrong with it."""
    if not url.isprintable() or " " in url:
        raise ValueError("It holds blanks or control characters.")
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise ValueError("It is not a web address.") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ValueError("It must begin with https:// and name a host.")
    if parts.auth:
        raise ValueError("It holds a user or password; this is not supported.")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str], guard: Guard) -> Answer:
    """Send `body`; return the answer, whatever its status.

    Raises DeliveryError when there is none within the time limit, when the address may not be
    called, or when the answer sends us elsewhere. No error repeats the URL but for its host.
    """
    try:
        parts = parse(url)
    except ValueError as error:
        raise DeliveryError(f"The address cannot be called: {error}", permanent=True) from None
    where = str(parts.host)
    deadline = Deadline(TOTAL_SECONDS)
    try:
        with deadline, closing(_connection(parts, guard, deadline)) as connection:
            # Not through a pool: those write the whole address into the log.
            connection.request(
                "POST",
                parts.request_uri,
                body=body,
                headers={"User-Agent": AGENT, **headers},
                preload_content=False,
                decode_content=False,
            )
            answer = _read(connection.getresponse())
    except (HTTPException, HTTPError, OSError, ValueError) as error:
        raise DeliveryError(_why(where, error, deadline)) from None
    if 300 <= answer.status < 400:
        raise DeliveryError(
            f"{where} answered {answer.status}, which leads to another address. Enter the address "
            "that answers itself.",
            permanent=answer.status in (301, 308),
        )
    return answer


def refusal(where: str, answer: Answer, said: str) -> DeliveryError:
    """The error for an answer that is no acceptance. said: what to repeat of it."""
    # What a caller got wrong stays wrong, but for being too early or too often.
    permanent = 400 <= answer.status < 500 and answer.status not in (408, 425, 429)
    text = f"{where} answered {answer.status}" + (f": {said}" if said else ".")
    return DeliveryError(text, permanent=permanent, retry_after=answer.retry_after)


class _Checked:
    """A connection to addresses that were checked; name, certificate and Host stay the URL's."""

    def __init__(self, *args: Any, addresses: list[Any], deadline: Deadline, **more: Any) -> None:
        super().__init__(*args, **more)
        self._addresses = addresses
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        failed: OSError | None = None
        for family, kind, protocol, _, address in self._addresses:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(CONNECT_SECONDS)
                self._deadline.covers(sock)
                sock.connect(address)
            except OSError as error:
                sock.close()
                failed = error
            else:
                return sock
        raise failed or OSError("no address")


class _Plain(_Checked, HTTPConnection):
    pass


class _Encrypted(_Checked, HTTPSConnection):
    pass


def _connection(parts: Url, guard: Guard, deadline: Deadline) -> Any:
    host, port = str(parts.host), parts.port or (80 if parts.scheme == "http" else 443)
    # Connecting has its own limit; this one is what urllib3 waits for an answer.
    more: Any = {
        "addresses": _checked(host, port, guard),
        "deadline": deadline,
        "timeout": READ_SECONDS,
    }
    if parts.scheme == "http":
        return _Plain(host, port, **more)
    context = ssl.create_default_context()
    # The system may have no list of authorities, or a better one than ours.
    context.load_verify_locations(certifi.where())
    return _Encrypted(host, port, ssl_context=context, **more)


def _checked(host: str, port: int, guard: Guard) -> list[Any]:
    """The host's addresses. Raises DeliveryError if one of them may not be called."""
    found = _look_up(host.strip("[]"), port)
    if not guard.names(host):
        for entry in found:
            # One wrong address is enough: the next look-up may give another order.
            if not guard.allows(entry[4][0]):
                raise DeliveryError(
                    f"{host} leads to {entry[4][0]}, which is not on the public internet. If that "
                    "is right, let OUTGOING_ALLOW on the server name the host or its network.",
                    permanent=True,
                )
    return found


def _look_up(host: str, port: int) -> list[Any]:
    """getaddrinfo with a time limit, which it has not."""
    answers: queue.Queue[Any] = queue.Queue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=CONNECT_SECONDS)
    except queue.Empty:
        raise DeliveryError(f"{host} was not found within {CONNECT_SECONDS:g} seconds.") from None
    if isinstance(answer, Exception):
        raise DeliveryError(f"{host} was not found; is the name right?")
    return list(answer)


def _read(response: Any) -> Answer:
    # Only the beginning is read, and the connection closed: an endless body costs nothing.
    try:
        text = response.read(ANSWER_BYTES).decode("utf-8", "replace")
    except (HTTPException, HTTPError, OSError):
        # The status is the answer; what breaks off after it is only its wording.
        text = ""
    return Answer(response.status, text, retry_after(response.headers.get("Retry-After", "")))


def retry_after(text: str) -> float | None:
    """The seconds that a Retry-After header asks for, in either of its forms; None if in none."""
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text.strip(), re.ASCII):
        seconds = float(text)
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def _why(where: str, error: Exception, deadline: Deadline) -> str:
    """The cause in words. The error's own could repeat the path, and with it a secret."""
    if deadline.passed:
        return f"No answer from {where}: it took longer than {TOTAL_SECONDS:g} seconds."
    if isinstance(error, TimeoutError):
        return f"No answer from {where}: nothing heard in time."
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", "") or error.reason or "TLS failed"
        return f"No secure connection to {where}: {reason}"
    if isinstance(error, ConnectionRefusedError):
        return f"No answer from {where}: the connection was refused."
    return f"No answer from {where}: the connection broke ({type(error).__name__})."
